//! chaski-records
