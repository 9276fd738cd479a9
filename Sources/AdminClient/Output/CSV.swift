/// Comma separated values with the back-tick for quotation marks, because identities are often JSON
/// (sym-api.md 4, CSV contract).
package enum CSV {
    package struct SyntaxError: Error, Hashable, Sendable {
        /// Counted from 1, in the text.
        package let line: Int
        package let message: String
    }

    private static let quote: Character = "`"

    package static func text(_ rows: [[String]]) -> String {
        rows.map { $0.map(cell).joined(separator: ",") + "\n" }.joined()
    }

    private static func cell(_ value: String) -> String {
        let wantsQuotes =
            value.contains { $0 == "," || $0 == quote || $0.isNewline } || value.first?.isWhitespace == true
        guard wantsQuotes else { return value }
        return "`" + value.split(separator: quote, omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }

    /// Rows with the line each begins in. Empty lines are left out; a mark of the byte order is, too.
    package static func rows(_ text: String) throws(SyntaxError) -> [(line: Int, cells: [String])] {
        var scanner = Scanner(rest: Substring(text.hasPrefix("\u{feff}") ? String(text.dropFirst()) : text))
        return try scanner.rows()
    }

    private struct Scanner {
        var rest: Substring
        var line = 1

        mutating func rows() throws(SyntaxError) -> [(line: Int, cells: [String])] {
            var rows: [(line: Int, cells: [String])] = []
            while !rest.isEmpty {
                let start = line
                var cells: [String] = []
                repeat { cells.append(try cell()) } while take(",")
                if let end = rest.first {
                    guard end.isNewline else {
                        throw SyntaxError(line: line, message: "a comma is missing behind the closing back-tick")
                    }
                    rest.removeFirst()
                    line += 1
                }
                if cells != [""] { rows.append((start, cells)) }
            }
            return rows
        }

        private mutating func cell() throws(SyntaxError) -> String {
            var value = ""
            guard take("`") else {
                while let next = rest.first, next != ",", !next.isNewline { value.append(rest.removeFirst()) }
                return value
            }
            let start = line
            while let next = rest.popFirst() {
                if next == "`" {
                    guard take("`") else { return value }
                } else if next.isNewline {
                    line += 1
                }
                value.append(next)
            }
            throw SyntaxError(line: start, message: "the back-tick that begins a value here is not closed")
        }

        private mutating func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }
    }
}
