"""A virtual machine with a USB port, for the real `keyferry`: how it is built, started, and what is plugged into it."""
