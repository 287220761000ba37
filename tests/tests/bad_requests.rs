//! Requests that are wrong in at least one way: refused with a clear problem, never a 5xx, nothing stored.

mod bad_requests {
    mod bodies;
    mod broken;
    mod closed;
    mod generated;
    mod limits;
    mod values;
}
