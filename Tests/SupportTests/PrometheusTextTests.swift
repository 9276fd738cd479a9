import Support
import Testing

@Suite struct `Prometheus's text format` {
    @Test func `Figures say what they are, of what kind, and by which labels`() {
        var text = PrometheusText()
        text.gauge("up", "Whether it is up.", 1)
        text.gauges("age_seconds", "Age.\nIn \\ two lines.", [(["lane": "a\"b\\c\nd", "kind": "x"], 0.25)])
        text.counter("calls_total", "Calls.", 12)
        #expect(
            text.text == """
                # HELP up Whether it is up.
                # TYPE up gauge
                up 1
                # HELP age_seconds Age.\\nIn \\\\ two lines.
                # TYPE age_seconds gauge
                age_seconds{lane="a\\"b\\\\c\\nd",kind="x"} 0.25
                # HELP calls_total Calls.
                # TYPE calls_total counter
                calls_total 12

                """
        )
    }

    @Test func `A histogram counts up to each bound, the bound included, and everything in the end`() {
        let histogram = Histogram(upTo: [.milliseconds(5), .milliseconds(15), .seconds(3)])
        for time in [Duration.milliseconds(5), .nanoseconds(5_000_001), .seconds(3), .seconds(4), .seconds(-1)] {
            histogram.observe(time)
        }
        var text = PrometheusText()
        text.histogram("wait_seconds", "Waiting.", histogram)
        #expect(
            text.text == """
                # HELP wait_seconds Waiting.
                # TYPE wait_seconds histogram
                wait_seconds_bucket{le="0.005"} 2
                wait_seconds_bucket{le="0.015"} 3
                wait_seconds_bucket{le="3"} 4
                wait_seconds_bucket{le="+Inf"} 5
                wait_seconds_sum 7.010000001
                wait_seconds_count 5

                """
        )
    }

    @Test func `Many threads count without losing one`() async {
        let histogram = Histogram(upTo: [.seconds(1)])
        let names = NamedCounts([["never"]])
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        histogram.observe(.milliseconds(number))
                        names.count("call", "\(number % 2)")
                    }
                }
            }
        }
        #expect(histogram.reading.count == 8000)
        #expect(histogram.reading.sum == .seconds(28))
        #expect(names.reading.map(\.name) == [["call", "0"], ["call", "1"], ["never"]])
        #expect(names.reading.map(\.count) == [4000, 4000, 0])
    }
}
