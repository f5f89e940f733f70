//! Through the router, over the real embedded store.
