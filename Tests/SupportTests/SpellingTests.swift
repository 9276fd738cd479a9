import Support
import Testing

@Suite struct `Guessing what was meant` {
    static let words = ["strategy", "environment", "quorum", "is", "notify"]

    static let cases: [(String, String?)] = [
        ("strategy", "strategy"), ("Strategy", "strategy"), ("strtegy", "strategy"), ("stratgey", "strategy"),
        ("strategies", "strategy"), ("quorom", "quorum"), ("notfy", "notify"), ("enviroment", "environment"),
        ("as", nil), ("", nil), ("something", nil), ("q", nil),
    ]

    @Test(arguments: cases)
    func `a slip of the finger is recognised, another word is not`(typed: String, meant: String?) {
        #expect(Spelling.nearest(to: typed, among: Self.words) == meant)
    }

    @Test func `of two equally near words the first is meant`() {
        #expect(Spelling.nearest(to: "bat", among: ["cat", "hat"]) == "cat")
        #expect(Spelling.nearest(to: "hat", among: ["cat", "hat"]) == "hat")
    }
}
