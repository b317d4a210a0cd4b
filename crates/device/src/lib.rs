//! chaski-device
