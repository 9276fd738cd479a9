/// Prometheus's text format, version 0.0.4: families of samples, each introduced by what it means and of what kind it
/// is. Names, labels and units are the caller's business.
package struct PrometheusText: Sendable {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package private(set) var text = ""

    package init() {}

    package typealias Labels = KeyValuePairs<String, String>

    /// A figure that goes up and down.
    package mutating func gauge(_ name: String, _ help: String, _ value: Double) {
        gauges(name, help, [([:], value)])
    }

    package mutating func gauges(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Double)]) {
        begin(name, help, "gauge")
        for (labels, value) in samples { add(name, labels, value) }
    }

    /// A figure that only grows while the program runs. Its name ends with `_total`.
    package mutating func counter(_ name: String, _ help: String, _ value: Int64) {
        counters(name, help, [([:], value)])
    }

    package mutating func counters(_ name: String, _ help: String, _ samples: [(labels: Labels, value: Int64)]) {
        begin(name, help, "counter")
        for (labels, value) in samples { add(name, labels, Double(value)) }
    }

    /// Durations, in seconds. The name ends with `_seconds`.
    package mutating func histogram(_ name: String, _ help: String, _ histogram: Histogram) {
        begin(name, help, "histogram")
        let reading = histogram.reading
        for (bound, count) in reading.cumulative {
            add(name + "_bucket", ["le": Self.number(bound.inSeconds)], Double(count))
        }
        add(name + "_bucket", ["le": "+Inf"], Double(reading.count))
        add(name + "_sum", [:], reading.sum.inSeconds)
        add(name + "_count", [:], Double(reading.count))
    }

    private mutating func begin(_ name: String, _ help: String, _ type: String) {
        text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n"
        text += "# TYPE \(name) \(type)\n"
    }

    private mutating func add(_ name: String, _ labels: Labels, _ value: Double) {
        text += name
        if !labels.isEmpty {
            text += "{" + labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",") + "}"
        }
        text += " \(Self.number(value))\n"
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    /// Whole numbers without a point.
    private static func number(_ value: Double) -> String {
        guard let whole = Int64(exactly: value) else { return "\(value)" }
        return "\(whole)"
    }
}

extension Duration {
    package var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
