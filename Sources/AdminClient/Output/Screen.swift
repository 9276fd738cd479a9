/// Where a command's words go, and where answers come from.
package struct Screen: Sendable {
    /// A line for standard output: what was asked for.
    package var print: @Sendable (String) -> Void
    /// A line for standard error: everything else.
    package var complain: @Sendable (String) -> Void
    /// Shows a question, without a line end behind it, and reads one line; `nil` at the end of the input.
    package var ask: @Sendable (String) -> String?
    /// How wide the terminal is; `nil` where standard output is none, so that programs get whole values.
    package var columns: Int?

    package init(
        print: @escaping @Sendable (String) -> Void, complain: @escaping @Sendable (String) -> Void,
        ask: @escaping @Sendable (String) -> String?, columns: Int? = nil
    ) {
        self.print = print
        self.complain = complain
        self.ask = ask
        self.columns = columns
    }
}

/// Text of others, made safe for a terminal.
package enum Printable {
    /// Control characters, which could move the cursor or hide what is said, become `�`; line ends and tabs stay.
    package static func text(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isControl) else { return text }
        var safe = ""
        for scalar in text.unicodeScalars { safe.unicodeScalars.append(isControl(scalar) ? "\u{fffd}" : scalar) }
        return safe
    }

    /// The same on one line: for a cell of a table.
    package static func line(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            line.unicodeScalars.append(scalar == "\n" || scalar == "\r" || scalar == "\t" ? " " : scalar)
        }
        return self.text(line)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09, 0x0a: false
        // C0 and C1, and the marks that turn the direction of what follows.
        case ..<0x20, 0x7f..<0xa0, 0x202a...0x202e, 0x2066...0x2069: true
        default: false
        }
    }
}
