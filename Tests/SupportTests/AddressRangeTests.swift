import Support
import Testing

@Suite struct `Address ranges` {
    static let cases: [(range: String, address: String, contains: Bool)] = [
        ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.7", "192.0.2.7", true),
        ("192.0.2.7", "192.0.2.8", false), ("192.0.2.128/25", "192.0.2.127", false), ("0.0.0.0/0", "8.8.8.8", true),
        ("::1", "::1", true), ("::1", "0:0:0:0:0:0:0:1", true), ("fd00::/8", "fdab::1", true),
        ("fd00::/8", "fe80::1", false),
        ("10.0.0.0/8", "::ffff:10.1.2.3", true), ("::/0", "10.1.2.3", false), ("10.0.0.0/8", "::1", false),
        ("2001:db8::/33", "2001:db8:7fff::", true), ("2001:db8::/33", "2001:db8:8000::", false),
        ("10.0.0.0/8", "10.0.0", false), ("10.0.0.0/8", "", false),
    ]

    @Test(arguments: cases)
    func `an address lies in a range when its first bits do`(range: String, address: String, contains: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == contains)
    }

    @Test(arguments: [
        "", "10", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "010.0.0.1", "localhost",
        "::1/129",
        ":::", "1::2::3", "12345::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "fe80::1%eth0", "::1.2.3", "10.0.0.0/8/8",
    ])
    func `what is neither an address nor a range is refused`(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
