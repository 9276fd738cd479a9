/// One thing that is wrong with the configuration, in the words its operator needs to put it right.
package struct ConfigProblem: Hashable, Sendable, CustomStringConvertible {
    package var file: String
    /// Where in the file: `flows[0].params.prompt_fields[1].type`, or line and column of a text that is not JSON.
    package var path: String
    package var found: String
    package var expected: String
    package var hint: String?
    /// The place in the file as positions of members and elements, from the outside in: for sorting.
    private var place: [Int]

    /// What is wrong in a Python file that the configuration names.
    ///
    /// - Parameter line: where in it, if that is known.
    package init(pythonFile file: String, line: Int?, found: String, expected: String, hint: String?) {
        self.init(
            file: file, path: line.map { "line \($0)" } ?? "", place: [line ?? 0], found: found, expected: expected,
            hint: hint)
    }

    init(file: String, path: String, place: [Int], found: String, expected: String, hint: String?) {
        self.file = file
        self.path = path
        self.place = place
        self.found = found
        self.expected = expected
        self.hint = hint
    }

    package var description: String {
        let start = [file, path].filter { !$0.isEmpty }.joined(separator: ": ")
        return "\(start): found \(found), expected \(expected)." + (hint.map { " " + $0 } ?? "")
    }

    /// By file, then by position in it.
    package static func inReadingOrder(_ left: ConfigProblem, _ right: ConfigProblem) -> Bool {
        if left.file != right.file { return left.file.utf8.lexicographicallyPrecedes(right.file.utf8) }
        if left.place != right.place { return left.place.lexicographicallyPrecedes(right.place) }
        return (left.path, left.expected, left.found) < (right.path, right.expected, right.found)
    }
}

/// Everything that keeps a configuration from being used, found in one go. Never empty.
package struct ConfigError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Sorted by file, then by position.
    package var problems: [ConfigProblem]

    /// One line for each problem.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
