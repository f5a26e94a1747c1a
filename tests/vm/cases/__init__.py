"""What is tried with keys in the virtual machine; each case is named after how it has to end."""
