//! chaski-link
