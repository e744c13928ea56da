//! What a cell can mean. The set is closed: a pane asks for a role, never for a colour.

use ratatui::style::Modifier;

macro_rules! roles {
    ($($(#[doc = $doc:literal])* $variant:ident = $name:literal, $mono:expr;)*) => {
        /// The meaning of a piece of the screen.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Role {
            /// Every role.
            pub const ALL: &'static [Role] = &[$(Role::$variant),*];
            /// How many roles there are.
            pub const COUNT: usize = Role::ALL.len();

            /// Its name in a theme file.
            pub fn name(self) -> &'static str {
                match self { $(Role::$variant => $name,)* }
            }

            /// What it adds where there are no colours, so that what matters stays visible.
            pub(super) fn mono(self) -> Modifier {
                match self { $(Role::$variant => $mono,)* }
            }
        }
    };
}

const PLAIN: Modifier = Modifier::empty();
const BOLD: Modifier = Modifier::BOLD;
const DIM: Modifier = Modifier::DIM;
const ITALIC: Modifier = Modifier::ITALIC;
const UNDERLINED: Modifier = Modifier::UNDERLINED;
const REVERSED: Modifier = Modifier::REVERSED;

roles! {
    /// Ordinary text, and the background of everything.
    Text = "text", PLAIN;
    /// Text that may be overlooked: units, hints, what an empty pane would show.
    Dim = "dim", DIM;
    /// What stands out without a judgement: names, counts that lead somewhere.
    Accent = "accent", BOLD;
    /// The frame of a pane without focus.
    Border = "border", DIM;
    /// The frame of the focused pane.
    BorderFocus = "border_focus", BOLD;
    /// The title of a pane without focus.
    Title = "title", PLAIN;
    /// The title of the focused pane.
    TitleFocus = "title_focus", BOLD.union(UNDERLINED);
    /// The header row of a table.
    TableHeader = "table_header", DIM;
    /// A tab that is not shown.
    Tab = "tab", PLAIN;
    /// The tab that is shown.
    TabActive = "tab_active", BOLD.union(UNDERLINED);
    /// The row under the cursor, in the focused pane.
    Selection = "selection", REVERSED;
    /// The row under the cursor, in a pane without focus.
    SelectionDim = "selection_dim", UNDERLINED;
    /// A marked row.
    Mark = "mark", BOLD;
    /// A match of a search or filter.
    Match = "match", BOLD.union(UNDERLINED);
    /// The match under the cursor.
    MatchCurrent = "match_current", BOLD.union(REVERSED);
    /// It is well.
    Ok = "ok", PLAIN;
    /// It wants attention.
    Warn = "warn", BOLD;
    /// It is broken.
    Error = "error", BOLD;
    /// Work in progress.
    Running = "running", PLAIN;
    /// The frame and banner of a protected session.
    DangerBanner = "danger_banner", BOLD.union(REVERSED);
    /// The header line.
    Header = "header", PLAIN;
    /// A key in the footer.
    FooterKey = "footer_key", BOLD;
    /// What the key does.
    FooterText = "footer_text", PLAIN;
    /// The name of a member.
    JsonKey = "json_key", BOLD;
    /// A string.
    JsonString = "json_string", PLAIN;
    /// A number.
    JsonNumber = "json_number", PLAIN;
    /// `true` and `false`.
    JsonBool = "json_bool", PLAIN;
    /// `null`.
    JsonNull = "json_null", DIM;
    /// Braces, brackets, commas, colons.
    JsonPunct = "json_punct", DIM;
    /// A log line that is an error.
    LogError = "log_error", BOLD;
    /// A log line that is a warning.
    LogWarn = "log_warn", UNDERLINED;
    /// A log line of the info level.
    LogInfo = "log_info", PLAIN;
    /// A log line of the debug or trace level.
    LogDebug = "log_debug", DIM;
    /// A line that Lambda itself wrote: START, REPORT.
    LogPlatform = "log_platform", ITALIC;
    /// The time of a line.
    LogTime = "log_time", DIM;
    /// An event that came after its place had been shown.
    Late = "late", ITALIC;
    /// Data that could not be refreshed.
    Stale = "stale", DIM;
    /// A masked value.
    Secret = "secret", DIM;
    /// A text that can be edited.
    Input = "input", UNDERLINED;
    /// What an empty input would take.
    InputHint = "input_hint", DIM;
    /// The inside of a dialog or overlay.
    Dialog = "dialog", PLAIN;
    /// A button without focus.
    Button = "button", PLAIN;
    /// The button that Enter presses.
    ButtonFocus = "button_focus", BOLD.union(REVERSED);
    /// A short message that goes away by itself.
    Toast = "toast", REVERSED;
}

impl Role {
    /// The role of that name.
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.iter().copied().find(|role| role.name() == name)
    }
}
