//! chaski-store
