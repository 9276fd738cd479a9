/// How far the clocks of one place are ahead of UTC at any time, as a compiled file of tzdata (TZif, RFC 9636) says.
///
/// Pure, and checked at every byte: the same file gives the same answers on every replica, a broken one is `nil`.
package struct TimeZoneRules: Hashable, Sendable {
    private struct Transition: Hashable, Sendable {
        /// Seconds since 1970.
        var time: Int64
        var offset: Int
    }

    private var initialOffset: Int
    private var transitions: [Transition]
    /// What holds from the last transition on.
    private var footer: PosixTimeZone?

    /// Far more than the largest file of tzdata needs.
    private static let countMax = 10_000
    /// RFC 9636, 3.2.
    private static let offsets = -89_999...93_599

    /// Reads a compiled time zone file; `nil` when it is none.
    package init?(compiled bytes: [UInt8]) {
        var input = ByteInput(bytes)
        guard var header = Header(&input) else { return nil }
        let timeWidth = header.version == 0 ? 4 : 8
        if header.version != 0 {
            // From version 2 on, everything stands again behind the first block, with times of 8 bytes.
            guard input.skip(header.blockBytes(timeWidth: 4)), let second = Header(&input) else { return nil }
            header = second
        }
        guard (1...256).contains(header.types), header.times <= Self.countMax, header.leaps <= Self.countMax else {
            return nil
        }

        var times: [Int64] = []
        for _ in 0..<header.times {
            guard let time = input.integer(width: timeWidth) else { return nil }
            if let last = times.last, time <= last { return nil }
            times.append(time)
        }
        var kinds: [Int] = []
        for _ in 0..<header.times {
            guard let kind = input.byte().map(Int.init), kind < header.types else { return nil }
            kinds.append(kind)
        }
        var offsets: [Int] = []
        for _ in 0..<header.types {
            // Two more bytes: whether it counts as summer time, and where its abbreviation stands.
            guard let offset = input.integer(width: 4).map(Int.init), Self.offsets.contains(offset), input.skip(2)
            else { return nil }
            offsets.append(offset)
        }
        initialOffset = offsets[0]
        transitions = zip(times, kinds).map { Transition(time: $0, offset: offsets[$1]) }

        guard timeWidth == 8 else { return }
        guard input.skip(header.trailerBytes(timeWidth: timeWidth)), let line = input.footer() else { return nil }
        if !line.isEmpty {
            guard let parsed = PosixTimeZone(line) else { return nil }
            footer = parsed
        }
    }

    /// Seconds to add to UTC for the time that clocks show. A moment has exactly one answer, also in the hour that an
    /// autumn shows twice.
    package func offsetSeconds(at time: Timestamp) -> Int {
        let (whole, rest) = time.milliseconds.quotientAndRemainder(dividingBy: 1000)
        let seconds = rest < 0 ? whole - 1 : whole
        guard let last = transitions.last else { return footer?.offsetSeconds(at: seconds) ?? initialOffset }
        if seconds >= last.time { return footer?.offsetSeconds(at: seconds) ?? last.offset }

        // The number of transitions that are not in the future.
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].time <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? initialOffset : transitions[low - 1].offset
    }

    private struct Header {
        var version: UInt8
        var flags, standards, leaps, times, types, letters: Int

        init?(_ input: inout ByteInput) {
            guard input.integer(width: 4) == 0x545a_6966, let version = input.byte(), input.skip(15) else { return nil }
            var counts: [Int] = []
            for _ in 0..<6 {
                guard let count = input.integer(width: 4), count >= 0 else { return nil }
                counts.append(Int(count))
            }
            self.version = version
            (flags, standards, leaps) = (counts[0], counts[1], counts[2])
            (times, types, letters) = (counts[3], counts[4], counts[5])
        }

        /// Bytes behind the header. Six counts below 2^31 times a few bytes fit an `Int` easily.
        func blockBytes(timeWidth: Int) -> Int {
            times * (timeWidth + 1) + types * 6 + trailerBytes(timeWidth: timeWidth)
        }

        /// Bytes behind the types: abbreviations, leap seconds (which POSIX time does not count), indicators.
        func trailerBytes(timeWidth: Int) -> Int { letters + leaps * (timeWidth + 4) + standards + flags }
    }
}

/// Takes values off the front of some bytes; `nil` where they end.
private struct ByteInput {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func skip(_ count: Int) -> Bool {
        guard count <= rest.count else { return false }
        rest = rest.dropFirst(count)
        return true
    }

    /// A signed number, most significant byte first.
    mutating func integer(width: Int) -> Int64? {
        guard width <= rest.count else { return nil }
        var bits = rest.prefix(width).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        rest = rest.dropFirst(width)
        // Moves the sign up to where an `Int64` has it, and back down with all its copies.
        bits <<= UInt64(64 - 8 * width)
        return Int64(bitPattern: bits) >> Int64(64 - 8 * width)
    }

    /// The text between two line ends.
    mutating func footer() -> [UInt8]? {
        guard rest.popFirst() == UInt8(ascii: "\n"), let end = rest.firstIndex(of: UInt8(ascii: "\n")) else {
            return nil
        }
        return Array(rest[..<end])
    }
}
