import FoundationEssentials
import Support

/// What was measured: rows of figures under headings, as a table for people and as JSON for programs.
struct BenchReport {
    private var sections: [(title: String, rows: [(name: String, figures: JSONObject)])] = []

    mutating func begin(_ title: String) {
        sections.append((title, []))
        Terminal.print("\n\(title)")
    }

    /// Adds a row and prints it at once, so that a long run shows where it is.
    mutating func add(_ name: String, _ figures: [(name: String, value: Double)]) {
        var object = JSONObject()
        for (name, value) in figures { object[name] = Self.number(value) }
        sections[sections.count - 1].rows.append((name, object))
        let texts = figures.map { "\($0.name) \(Self.number($0.value).compact)" }
        let gap = String(repeating: " ", count: max(2, 34 - name.count))
        Terminal.print("  \(name)\(gap)\(texts.joined(separator: "  "))")
    }

    var json: JSONValue {
        var object = JSONObject()
        for section in sections {
            var rows = JSONObject()
            for row in section.rows { rows[row.name] = .object(row.figures) }
            object[section.title] = .object(rows)
        }
        return .object(object)
    }

    func write(to path: String) throws {
        do { try Data((json.pretty + "\n").utf8).write(to: URL(filePath: path)) } catch {
            throw CommandError("The results cannot be written to \(path): \(error)")
        }
    }

    /// Three digits that count; whole numbers from 100 on.
    private static func number(_ value: Double) -> JSONValue {
        if value.magnitude >= 100 || value == value.rounded() { return .int(Int64(value.rounded())) }
        let scale: Double = value.magnitude >= 10 ? 10 : value.magnitude >= 1 ? 100 : 1000
        return .double((value * scale).rounded() / scale)
    }
}

extension LoadResult {
    var figures: [(name: String, value: Double)] {
        [("per_s", perSecond)] + latencies.figures.map { ($0.name, $0.milliseconds) }
            + [("requests", Double(sent)), ("failed", Double(failed))]
    }

    /// What the generator took for each request, in microseconds.
    var processorMicroseconds: Double { processor / .microseconds(1) / Double(max(sent, 1)) }
}
