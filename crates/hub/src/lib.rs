//! chaski-hub
