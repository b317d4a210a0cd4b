//! chaski-sim
