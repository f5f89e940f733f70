//! Colours, or none.

/// What a text says about what it names. Never told by colour alone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Nothing.
    #[default]
    Plain,
    /// All is well.
    Good,
    /// It needs an eye.
    Warn,
    /// It is broken.
    Bad,
    /// It matters less.
    Muted,
    /// It matters more.
    Strong,
}

/// Whether texts are colored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Theme {
    colors: bool,
}

impl Theme {
    /// With colours, or without.
    pub(crate) const fn new(colors: bool) -> Self {
        Self { colors }
    }

    /// The text in its colour.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Good => "32",
            Tone::Warn => "33",
            Tone::Bad => "31",
            Tone::Muted => "2",
            Tone::Strong => "1",
        };
        if self.colors { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}
