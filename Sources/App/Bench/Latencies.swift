import Support

/// How long things took, in nanoseconds, and what can be said about them together.
struct Latencies: Sendable {
    private var nanoseconds: [Int64] = []
    private var isSorted = true

    var count: Int { nanoseconds.count }

    mutating func add(_ value: Int64) {
        nanoseconds.append(value)
        isSorted = false
    }

    mutating func sort() {
        if !isSorted { nanoseconds.sort() }
        isSorted = true
    }

    /// The smallest value that `share` of all values do not exceed, in milliseconds; 0 when there are none. Sorted before.
    func milliseconds(_ share: Double) -> Double {
        guard !nanoseconds.isEmpty else { return 0 }
        let rank = Int((share * Double(nanoseconds.count)).rounded(.up)) - 1
        return Double(nanoseconds[min(max(rank, 0), nanoseconds.count - 1)]) / 1_000_000
    }

    /// p50, p90, p99, p99.9 and the maximum.
    var figures: [(name: String, milliseconds: Double)] {
        [("p50_ms", 0.5), ("p90_ms", 0.9), ("p99_ms", 0.99), ("p99.9_ms", 0.999), ("max_ms", 1)].map {
            ($0.0, milliseconds($0.1))
        }
    }
}
