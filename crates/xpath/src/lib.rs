//! chaski-xpath
