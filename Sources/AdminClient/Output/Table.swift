/// Rows under headings: headings, a line of dashes, and columns two spaces apart, as Sym's CLI prints them.
package struct Table: Sendable {
    package struct Column: Sendable {
        package var heading: String
        /// Numbers stand to the right.
        package var isNumber: Bool

        package init(_ heading: String, isNumber: Bool = false) {
            self.heading = heading
            self.isNumber = isNumber
        }
    }

    package var columns: [Column]
    package var rows: [[String]]

    package init(_ columns: [Column], rows: [[String]]) {
        self.columns = columns
        self.rows = rows.map { $0.map(Printable.line) }
    }

    package init(_ headings: [String], rows: [[String]]) { self.init(headings.map { Column($0) }, rows: rows) }

    private static let gap = 2
    /// A column is not made narrower than this to fit; below it each row becomes a list.
    private static let narrowest = 12

    /// - Parameter width: of the terminal; `nil` for no limit. Nothing is cut off: what does not fit goes on in the next
    ///   line of its cell, and with too many columns each row becomes a block of `heading  value` lines.
    package func text(width: Int?) -> String {
        let natural = columns.indices.map { index in
            max(
                DisplayWidth.of(columns[index].heading) + Self.gap,
                rows.map { DisplayWidth.of(cell($0, index)) }.max() ?? 0
            )
        }
        guard let width, total(natural) > width else { return grid(natural) }
        let least = natural.map { min($0, Self.narrowest) }
        guard total(least) <= width else { return blocks(width: width) }
        return grid(shrunk(natural, to: width))
    }

    private func cell(_ row: [String], _ index: Int) -> String { index < row.count ? row[index] : "" }

    private func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + Self.gap * max(0, widths.count - 1) }

    /// Takes from the widest columns first.
    private func shrunk(_ natural: [Int], to width: Int) -> [Int] {
        var widths = natural
        var excess = total(widths) - width
        while excess > 0, let widest = widths.max(), widest > Self.narrowest {
            let next = widths.filter { $0 < widest }.max() ?? 0
            let places = widths.indices.filter { widths[$0] == widest }
            let down = max(1, min(widest - max(next, Self.narrowest), excess / places.count))
            for place in places where excess > 0 {
                let step = min(down, excess)
                widths[place] -= step
                excess -= step
            }
        }
        return widths
    }

    private func grid(_ widths: [Int]) -> String {
        var lines = lines(columns.map(\.heading), widths)
        lines.append(widths.map { String(repeating: "-", count: $0) }.joined(separator: "  "))
        for row in rows { lines += self.lines(columns.indices.map { cell(row, $0) }, widths) }
        return lines.joined(separator: "\n")
    }

    private func lines(_ cells: [String], _ widths: [Int]) -> [String] {
        let pieces = zip(cells, widths).map { DisplayWidth.pieces(of: $0, width: $1) }
        let height = pieces.map(\.count).max() ?? 1
        return (0..<height).map { line in
            var text = ""
            for index in columns.indices {
                let piece = line < pieces[index].count ? pieces[index][line] : ""
                let space = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.of(piece)))
                text += columns[index].isNumber ? space + piece : piece + space
                text += "  "
            }
            while text.last == " " { text.removeLast() }
            return text
        }
    }

    private func blocks(width: Int) -> String {
        let headings = columns.map(\.heading)
        let left = min(headings.map { DisplayWidth.of($0) }.max() ?? 0, width / 2)
        let right = max(1, width - left - Self.gap)
        return rows.map { row in
            columns.indices.flatMap { index in
                let names = DisplayWidth.pieces(of: headings[index], width: left)
                let values = DisplayWidth.pieces(of: cell(row, index), width: right)
                return (0..<max(names.count, values.count)).map { line in
                    let name = line < names.count ? names[line] : ""
                    let value = line < values.count ? values[line] : ""
                    let space = String(repeating: " ", count: max(0, left - DisplayWidth.of(name)))
                    return value.isEmpty ? name : name + space + "  " + value
                }
            }.joined(separator: "\n")
        }.joined(separator: "\n\n")
    }
}
