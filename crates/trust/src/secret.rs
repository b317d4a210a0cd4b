//! Symmetric secrets: each purpose has its own type, is wiped when dropped and never printed.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Zeroizing<[u8; 32]>);

        impl $name {
            /// 32 bytes that the caller drew from the system's random source or its keystore.
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(Zeroizing::new(bytes))
            }

            pub fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(secret)"))
            }
        }

        impl PartialEq for $name {
            /// In constant time.
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&*other.0).into()
            }
        }

        impl Eq for $name {}
    };
}

secret!(
    /// The raw key of the device's encrypted database. One for each database, wrapped once for each person.
    DatabaseKey
);
secret!(
    /// The secret that the operating system's keystore keeps for this installation. Without it a stolen file cannot be
    /// guessed open: six digits alone last some hours.
    DeviceSecret
);
secret!(
    /// A key for [`seal`](crate::seal) and [`open`](crate::open): a media file's, or one of the hub's own files.
    SealKey
);
