import FoundationEssentials
import Support

/// Decided clicks per second by number of connections, as a drawing for people: what the README shows.
struct BenchChart {
    private let title: String
    private let bars: [(label: String, value: Double)]

    private static let width = 640
    private static let barHeight = 26
    private static let gap = 12
    private static let left = 130
    private static let right = 150
    private static let top = 56
    private static let bottom = 16

    /// - Throws: `CommandError` where decided clicks were not measured.
    init(of report: BenchReport) throws {
        guard let section = report.json.object?.members.first(where: { $0.name.hasPrefix(BenchRun.decidedClicks) }),
            let rows = section.value.object
        else { throw CommandError("There is nothing to draw: decided clicks were not measured.") }
        title = "Decided clicks per second, each durable before it is acknowledged"
        bars = rows.members.compactMap { row in
            row.value["per_s"].flatMap(Self.number).map { (row.name, $0) }
        }
    }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .int(let number): Double(number)
        case .double(let number): number
        default: nil
        }
    }

    func write(to path: String) throws {
        do { try Data(svg.utf8).write(to: URL(filePath: path)) } catch {
            throw CommandError("The chart cannot be written to \(path): \(error)")
        }
    }

    var svg: String {
        let height = Self.top + bars.count * (Self.barHeight + Self.gap) + Self.bottom
        let most = max(bars.map(\.value).max() ?? 1, 1)
        var text = """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(Self.width) \(height)" \
            font-family="system-ui, sans-serif" font-size="14" role="img">
            <title>\(title)</title>
            <rect width="100%" height="100%" fill="#ffffff"/>
            <text x="16" y="30" font-size="16" font-weight="600" fill="#1d1c1d">\(title)</text>

            """
        for (index, bar) in bars.enumerated() {
            let y = Self.top + index * (Self.barHeight + Self.gap)
            let room = Double(Self.width - Self.left - Self.right)
            let length = Int((bar.value / most * room).rounded())
            text += """
                <text x="\(Self.left - 10)" y="\(y + 18)" text-anchor="end" fill="#454245">\(bar.label)</text>
                <rect x="\(Self.left)" y="\(y)" width="\(max(length, 1))" height="\(Self.barHeight)" rx="3" fill="#007a5a"/>
                <text x="\(Self.left + length + 8)" y="\(y + 18)" fill="#1d1c1d">\(Self.grouped(bar.value))</text>

                """
        }
        return text + "</svg>\n"
    }

    /// `12,345`.
    private static func grouped(_ value: Double) -> String {
        let digits = String(Int(value.rounded()))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return text
    }
}
