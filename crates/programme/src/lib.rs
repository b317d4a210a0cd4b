//! chaski-programme
