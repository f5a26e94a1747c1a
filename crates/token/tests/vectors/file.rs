//! One vector as a text file: headers, an empty line, the input.

/// How the input stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// Binary, in lines of 64 hexadecimal digits.
    Binary(Vec<u8>),
    /// Text as it stands; the file's last line feed belongs to the file.
    Text(String),
    /// Text with characters that editors and tools change, in base64.
    Bytes(Vec<u8>),
}

/// One vector.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    /// `folder/name`.
    pub(crate) path: String,
    /// What it shows, in a sentence.
    pub(crate) title: String,
    /// The clauses that it proves.
    pub(crate) rules: Vec<String>,
    /// What the reader was asked to read.
    pub(crate) kind: String,
    /// `ok`, or the catalogue code.
    pub(crate) expect: String,
    /// What a reader that accepts it has read: name and value.
    pub(crate) found: Vec<(String, String)>,
    /// Zero bytes follow the input until it is this long.
    pub(crate) padded: Option<usize>,
    pub(crate) input: Input,
}

const HEX: data_encoding::Encoding = data_encoding::HEXLOWER;
const BASE64: data_encoding::Encoding = data_encoding::BASE64;

impl Vector {
    /// The outcome that the file says.
    pub(crate) fn said(&self) -> (String, Vec<(String, String)>) {
        (self.expect.clone(), self.found.clone())
    }

    /// The input's bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut bytes = match &self.input {
            Input::Binary(bytes) | Input::Bytes(bytes) => bytes.clone(),
            Input::Text(text) => text.clone().into_bytes(),
        };
        if let Some(length) = self.padded {
            bytes.resize(length, 0);
        }
        bytes
    }

    /// The file.
    pub(crate) fn written(&self) -> String {
        let mut out = format!(
            "title: {}\nrule: {}\nkind: {}\nexpect: {}\n",
            self.title,
            self.rules.join(" "),
            self.kind,
            self.expect
        );
        for (name, value) in &self.found {
            out.extend(["found-", name, ": ", value, "\n"]);
        }
        if let Some(length) = self.padded {
            out.extend(["padded-to: ", &length.to_string(), "\n"]);
        }
        let (form, body) = match &self.input {
            Input::Binary(bytes) => ("hex", folded(&HEX.encode(bytes))),
            Input::Text(text) => ("text", format!("{text}\n")),
            Input::Bytes(bytes) => ("base64", folded(&BASE64.encode(bytes))),
        };
        format!("{out}input: {form}\n\n{body}")
    }

    /// Reads a file; one that is not of the form above is a failed test.
    pub(crate) fn read(path: &str, content: &str) -> Self {
        let (headers, body) = content.split_once("\n\n").unwrap();
        let mut vector = Self {
            path: path.to_owned(),
            title: String::new(),
            rules: vec![],
            kind: String::new(),
            expect: String::new(),
            found: vec![],
            padded: None,
            input: Input::Binary(vec![]),
        };
        for line in headers.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            let text = value.to_owned();
            match name {
                "title" => vector.title = text,
                "rule" => vector.rules = value.split(' ').map(str::to_owned).collect(),
                "kind" => vector.kind = text,
                "expect" => vector.expect = text,
                "padded-to" => vector.padded = Some(value.parse().unwrap()),
                "input" => vector.input = read_input(value, body),
                _ => {
                    let name = name.strip_prefix("found-").unwrap().to_owned();
                    vector.found.push((name, text));
                }
            }
        }
        assert_eq!(
            vector.written(),
            content,
            "{path} is written in another way"
        );
        vector
    }
}

fn read_input(form: &str, body: &str) -> Input {
    let joined = body.replace('\n', "");
    match form {
        "hex" => Input::Binary(HEX.decode(joined.as_bytes()).unwrap()),
        "base64" => Input::Bytes(BASE64.decode(joined.as_bytes()).unwrap()),
        "text" => Input::Text(body.strip_suffix('\n').unwrap().to_owned()),
        other => panic!("no input in {other}"),
    }
}

fn folded(text: &str) -> String {
    let lines = text.as_bytes().chunks(64);
    lines
        .flat_map(|line| [core::str::from_utf8(line).unwrap(), "\n"])
        .collect()
}
