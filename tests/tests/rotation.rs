//! Secrets by ARN: what a process says when it cannot have them, and how each is replaced while everybody goes on.

mod rotation {
    mod at_start;
    mod keys_at_belvo;
    mod later;
    mod reference_key;
    mod webhooks;
}
