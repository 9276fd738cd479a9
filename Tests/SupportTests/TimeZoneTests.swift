import FoundationEssentials
import Support
import Testing

@Suite struct `Time zones` {
    private static let zones = TimeZones()

    private func offset(_ zone: String, _ seconds: Int64) -> Int? {
        Self.zones.offsetSeconds(at: Timestamp(seconds: seconds), in: zone)
    }

    /// Offsets that other implementations give, within tzdata's tables and far beyond them, where the rule at the end of
    /// the file holds.
    static let samples: [(zone: String, seconds: Int64, offset: Int)] = [
        ("UTC", -615513600, 0),
        ("UTC", 1768435200, 0),
        ("UTC", 1784073600, 0),
        ("UTC", 3488227200, 0),
        ("Europe/Berlin", -615513600, 3600),
        ("Europe/Berlin", 1768435200, 3600),
        ("Europe/Berlin", 1784073600, 7200),
        ("Europe/Berlin", 3488227200, 7200),
        ("Europe/Dublin", -615513600, 3600),
        ("Europe/Dublin", 1768435200, 0),
        ("Europe/Dublin", 1784073600, 3600),
        ("Europe/Dublin", 3488227200, 3600),
        ("America/New_York", -615513600, -14400),
        ("America/New_York", 1768435200, -18000),
        ("America/New_York", 1784073600, -14400),
        ("America/New_York", 3488227200, -14400),
        ("America/St_Johns", -615513600, -9000),
        ("America/St_Johns", 1768435200, -12600),
        ("America/St_Johns", 1784073600, -9000),
        ("America/St_Johns", 3488227200, -9000),
        ("Asia/Kolkata", -615513600, 19800),
        ("Asia/Kolkata", 1768435200, 19800),
        ("Asia/Kolkata", 1784073600, 19800),
        ("Asia/Kolkata", 3488227200, 19800),
        ("Australia/Lord_Howe", -615513600, 36000),
        ("Australia/Lord_Howe", 1768435200, 39600),
        ("Australia/Lord_Howe", 1784073600, 37800),
        ("Australia/Lord_Howe", 3488227200, 37800),
        ("Pacific/Auckland", -615513600, 43200),
        ("Pacific/Auckland", 1768435200, 46800),
        ("Pacific/Auckland", 1784073600, 43200),
        ("Pacific/Auckland", 3488227200, 43200),
        ("Africa/Casablanca", -615513600, 3600),
        ("Africa/Casablanca", 1768435200, 3600),
        ("Africa/Casablanca", 1784073600, 3600),
        ("Africa/Casablanca", 3488227200, 0),
        ("America/Nuuk", -615513600, -10800),
        ("America/Nuuk", 1768435200, -7200),
        ("America/Nuuk", 1784073600, -3600),
        ("America/Nuuk", 3488227200, -3600),
        ("Pacific/Apia", -615513600, -39600),
        ("Pacific/Apia", 1768435200, 46800),
        ("Pacific/Apia", 1784073600, 46800),
        ("Pacific/Apia", 3488227200, 46800),
    ]

    @Test(arguments: samples)
    func `a zone's clocks are ahead of UTC by what everybody says`(zone: String, seconds: Int64, offset: Int) {
        #expect(self.offset(zone, seconds) == offset)
    }

    @Test func `a change happens at its second, not before`() {
        #expect(offset("Europe/Berlin", 1_774_745_999) == 3600)
        #expect(offset("Europe/Berlin", 1_774_746_000) == 7200)
        let justBefore = Timestamp(milliseconds: 1_774_745_999_999)
        #expect(Self.zones.offsetSeconds(at: justBefore, in: "Europe/Berlin") == 3600)
    }

    @Test(arguments: [
        "", "Europe", "Europe/berlin", "Nowhere/Land", "../zoneinfo/UTC", "Europe/../UTC", "/etc/localtime", "./UTC",
        "Europe//Berlin", "zone.tab", "UTC\0", "Ünited/Zone",
    ])
    func `what is no zone is not known`(name: String) {
        #expect(Self.zones.rules(name) == nil)
    }

    @Test func `without tzdata no zone is known`() {
        #expect(TimeZones(directory: "/nonexistent").rules("Europe/Berlin") == nil)
    }

    // MARK: Files

    private func berlin() throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: TimeZones.systemDirectory + "/Europe/Berlin")))
    }

    @Test func `a file that is cut short is no zone, wherever it is cut`() throws {
        let bytes = try berlin()
        #expect(TimeZoneRules(compiled: bytes) != nil)
        for count in bytes.indices { #expect(TimeZoneRules(compiled: Array(bytes[..<count])) == nil) }
    }

    @Test func `a file with wrong bytes never brings the program down`() throws {
        let bytes = try berlin()
        var generator = Generator(state: 7)
        for _ in 0..<2000 {
            var broken = bytes
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let place = Int.random(in: broken.indices, using: &generator)
                broken[place] = UInt8.random(in: 0...255, using: &generator)
            }
            guard let rules = TimeZoneRules(compiled: broken) else { continue }
            for seconds: Int64 in [-1 << 40, 0, 1_774_746_000, 1 << 40] {
                #expect(abs(rules.offsetSeconds(at: Timestamp(seconds: seconds))) < 172_800)
            }
        }
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 29
        }
    }

    // MARK: The rule at the end of a file

    static let rules: [(text: String, seconds: Int64, offset: Int?)] = [
        ("UTC0", 0, 0),
        ("<+0330>-3:30", 0, 12_600),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1_774_746_000, -3600),
        ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_745_999, 3600),
        ("CET-1CEST,M3.5.0,M10.5.0/3", 1_774_746_000, 7200),
        // Ireland's winter is the exception: its summer is the standard time.
        ("IST-1GMT0,M10.5.0,M3.5.0/1", 1_774_746_000, 3600),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", 1_774_745_999, 0),
        // South of the equator summer spans New Year: 1 January and 1 July 2026.
        ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_767_225_600, 39_600),
        ("AEST-10AEDT,M10.1.0,M4.1.0/3", 1_782_864_000, 36_000),
        // Day 60 without 29 February is always 1 March; the sixtieth day from 0 is that in leap years: 2028.
        ("A0B,J60/0,J61/0", 1_835_481_600, 3600),
        ("A0B,59/0,60/0", 1_835_481_600, 0),
        ("A0B,60/0,61/0", 1_835_481_600, 3600),
        ("", 0, nil), ("UTC", 0, nil), ("UTC0x", 0, nil), ("A0", 0, 0), ("1A0", 0, nil), ("<A0", 0, nil),
        ("CET-1CEST", 0, nil), ("CET-25", 0, nil), ("CET-1:60", 0, nil), ("A0B,M13.1.0,M1.1.0", 0, nil),
        ("A0B,M1.6.0,M1.1.0", 0, nil), ("A0B,M1.1.7,M1.1.0", 0, nil), ("A0B,J0,J1", 0, nil), ("A0B,366,1", 0, nil),
        ("A0B,1/168,2", 0, nil), ("A0B,1", 0, nil), ("A0B,1,2,3", 0, nil), ("A99999999999999999999", 0, nil),
    ]

    @Test(arguments: rules)
    func `a yearly rule says when clocks change, or is none`(text: String, seconds: Int64, offset: Int?) {
        #expect(PosixTimeZone(Array(text.utf8))?.offsetSeconds(at: seconds) == offset)
    }
}
