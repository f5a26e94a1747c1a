//! The offline side: the durable store, the flows and the one door.
