//! The texts of a row of the list, which ten thousand rows have: a name that is a part of the row's
//! ARN, and words that are mostly a few known ones. Neither takes memory of its own then.

use std::{fmt, marker::PhantomData, ops::Deref, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::Arn;
use crate::domain::runtime_support;

/// The name of a function.
#[derive(Clone)]
pub struct FunctionName {
    text: Arc<str>,
    /// Where it begins in the text.
    start: u32,
}

impl FunctionName {
    /// The name of the function with this ARN: a part of it, where it is one.
    pub fn of(arn: &Arn, name: &str) -> Self {
        match arn.as_str().strip_suffix(name) {
            Some(before) => Self {
                text: Arc::clone(&arn.0),
                start: before.len() as u32,
            },
            None => name.into(),
        }
    }
}

impl Deref for FunctionName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text[self.start as usize..]
    }
}

impl From<&str> for FunctionName {
    fn from(name: &str) -> Self {
        Self {
            text: name.into(),
            start: 0,
        }
    }
}

/// A word of an open set: a runtime, a package type, an architecture.
#[derive(Clone)]
pub struct Word(Kind);

#[derive(Clone)]
enum Kind {
    /// Its place among [`WORDS`], or after them in the table of runtimes.
    Known(u8),
    Other(Box<str>),
}

/// What is known beside the runtimes.
const WORDS: [&str; 4] = ["Zip", "Image", "arm64", "x86_64"];

impl Deref for Word {
    type Target = str;

    fn deref(&self) -> &str {
        match &self.0 {
            Kind::Known(at) => {
                let at = usize::from(*at);
                let word = WORDS.get(at).copied();
                word.unwrap_or_else(|| runtime_support::id(at - WORDS.len()))
            }
            Kind::Other(word) => word,
        }
    }
}

impl From<&str> for Word {
    fn from(word: &str) -> Self {
        let place = WORDS.iter().position(|known| *known == word);
        let place = place.or_else(|| Some(runtime_support::place(word)? + WORDS.len()));
        Self(match place.and_then(|place| u8::try_from(place).ok()) {
            Some(place) => Kind::Known(place),
            None => Kind::Other(word.into()),
        })
    }
}

/// Both are texts, whatever they are made of.
macro_rules! text {
    ($type:ident) => {
        impl AsRef<str> for $type {
            fn as_ref(&self) -> &str {
                self
            }
        }

        impl PartialEq for $type {
            fn eq(&self, other: &Self) -> bool {
                **self == **other
            }
        }

        impl Eq for $type {}

        impl PartialOrd for $type {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $type {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                (**self).cmp(&**other)
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&**self, f)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&**self, f)
            }
        }

        impl From<String> for $type {
            fn from(text: String) -> Self {
                text.as_str().into()
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Text(PhantomData))
            }
        }
    };
}

text!(FunctionName);
text!(Word);

/// Reads a text without a copy between.
struct Text<T>(PhantomData<T>);

impl<T: for<'a> From<&'a str>> de::Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_stays_small() {
        assert!(size_of::<Word>() <= 16);
        assert!(size_of::<FunctionName>() <= 24);
        assert!(size_of::<super::super::FunctionSummary>() <= 176);
    }

    #[test]
    fn a_name_is_what_it_was_given_as_in_its_arn_or_not() {
        let arn = Arn::new("arn:aws:lambda:eu-west-1:1:function:charge");
        for name in ["charge", "other", ""] {
            assert_eq!(&*FunctionName::of(&arn, name), name);
        }
        assert_eq!(FunctionName::of(&arn, "charge"), "charge".into());
    }

    #[test]
    fn a_word_is_what_it_was_given_as_known_or_not() {
        for word in [
            "Zip",
            "Image",
            "arm64",
            "x86_64",
            "dotnet10",
            "python3.12",
            "ruby9",
            "",
        ] {
            assert_eq!(&*Word::from(word), word);
            let bytes = postcard::to_stdvec(&Word::from(word)).expect("it is a text");
            assert_eq!(postcard::from_bytes(&bytes), Ok(Word::from(word)));
        }
        for at in 0..runtime_support::COUNT {
            let id = runtime_support::id(at);
            assert_eq!(&*Word::from(id), id);
        }
    }
}
