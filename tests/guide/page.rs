//! A page's commands and what they should print.
//!
//! In a fenced block marked `console`, a line that begins with `$ ` is a command (a `\` at its end goes on in the next
//! line); what follows up to the next is what it prints. `? 3` as the last line is the exit code; without it the command
//! must succeed. What a line may leave open is told in [`crate::pattern`].

/// One command of a page.
pub(crate) struct Step {
    /// Its line in the page.
    pub(crate) line: usize,
    /// The command, as written.
    pub(crate) command: String,
    /// What it prints.
    pub(crate) expected: Vec<String>,
    /// How it ends.
    pub(crate) exit: i32,
}

/// Every command of a page, in order.
pub(crate) fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut inside, mut goes_on) = (false, false);
    for (index, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = !inside && line == "```console";
            goes_on = false;
        } else if inside && goes_on {
            let step = steps.last_mut().expect("a command goes on");
            goes_on = line.ends_with('\\');
            step.command.push_str(line.trim_end_matches('\\').trim_start());
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| inside) {
            goes_on = command.ends_with('\\');
            let command = command.trim_end_matches('\\').to_owned();
            steps.push(Step { line: index + 1, command, expected: Vec::new(), exit: 0 });
        } else if inside {
            let step =
                steps.last_mut().unwrap_or_else(|| panic!("line {}: output before a command", index + 1));
            match line.strip_prefix("? ").and_then(|code| code.parse().ok()) {
                Some(code) => step.exit = code,
                None => step.expected.push(line.to_owned()),
            }
        }
    }
    steps
}

/// The words of a command: split at spaces, quotes of both kinds taken away.
pub(crate) fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '\'' || c == '"' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c == ' ' => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    assert!(quote.is_none(), "a quotation mark is never closed: {command}");
    words.extend(word);
    words
}

#[test]
fn a_page_is_read_command_by_command() {
    let text = "Text.\n\n```console\n$ linli talk say abcd \\\n    'it rains'\nSaved.\n? 3\n```\n\n```sh\n$ not this\n```\n";
    let steps = steps(text);
    assert_eq!(steps.len(), 1);
    assert_eq!((steps[0].line, steps[0].exit), (4, 3));
    assert_eq!(steps[0].expected, ["Saved."]);
    assert_eq!(words(&steps[0].command), ["linli", "talk", "say", "abcd", "it rains"]);
}

#[test]
fn an_empty_text_is_a_word_too() {
    assert_eq!(words("linli found '' --unit 1"), ["linli", "found", "", "--unit", "1"]);
}
