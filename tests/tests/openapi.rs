//! Our own API and its description, `openapi.json`: the same routes, and no drift.

#[path = "openapi/document.rs"]
mod document;
#[path = "openapi/routes.rs"]
mod routes;
