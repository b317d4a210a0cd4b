//! chaski-sync
