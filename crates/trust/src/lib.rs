//! chaski-trust
