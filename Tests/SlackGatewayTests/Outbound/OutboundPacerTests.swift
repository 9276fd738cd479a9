import SlackGateway
import Support
import Synchronization
import TestSupport
import Testing

@Suite struct `Keeping to Slack's rate limits` {
    private let clock = ManualClock()
    private let pacer: SlackPacer

    init() { pacer = SlackPacer(clock: clock.clock) }

    private func turn(_ ticket: String, in channel: String = "C1", _ pace: SlackPacer.Pace = .post) -> Duration? {
        pacer.reserve(pace, workspace: "T1", channel: channel, ticket: ticket).map { $0 - clock.now }
    }

    private func held(_ method: String, _ workspace: String = "T1", _ channel: String? = nil) -> Bool {
        pacer.heldUntil(method: method, workspace: workspace, channel: channel) != nil
    }

    // MARK: Holds

    @Test func `a hold concerns its method and workspace, and nothing else`() {
        pacer.hold(method: "users.info", workspace: "T1", channel: nil, for: .seconds(7))
        #expect(held("users.info"))
        #expect(!held("users.info", "T2"))
        #expect(!held("conversations.members"))
        #expect(pacer.heldUntil(method: "users.info", workspace: "T1", channel: nil) == clock.now + .seconds(7))
    }

    @Test func `a hold of chat concerns one channel`() {
        pacer.hold(method: "chat.postMessage", workspace: "T1", channel: "C1", for: .seconds(7))
        #expect(held("chat.postMessage", "T1", "C1"))
        #expect(!held("chat.postMessage", "T1", "C2"))
        #expect(!held("chat.update", "T1", "C1"))
        #expect(!held("chat.postMessage", "T2", "C1"))
    }

    @Test(arguments: zip([6_999, 7_000], [true, false]))
    func `a hold ends at its time`(milliseconds: Int64, isHeld: Bool) {
        pacer.hold(method: "users.info", workspace: "T1", channel: nil, for: .seconds(7))
        clock.advance(.milliseconds(milliseconds))
        #expect(held("users.info") == isHeld)
    }

    @Test func `a shorter hold does not shorten a longer one`() {
        pacer.hold(method: "users.info", workspace: "T1", channel: nil, for: .seconds(60))
        pacer.hold(method: "users.info", workspace: "T1", channel: nil, for: .seconds(2))
        clock.advance(.seconds(59))
        #expect(held("users.info"))
    }

    @Test func `no hold is longer than an hour or shorter than a second`() {
        let now = clock.now
        #expect(pacer.hold(method: "a", workspace: "T1", channel: nil, for: .hours(1000)) == now + .hours(1))
        #expect(pacer.hold(method: "b", workspace: "T1", channel: nil, for: .zero) == now + .seconds(1))
    }

    @Test func `three channels held at once hold the workspace, two do not`() {
        for channel in ["C1", "C2"] {
            pacer.hold(method: "chat.update", workspace: "T1", channel: channel, for: .seconds(10))
        }
        #expect(!held("chat.update", "T1", "C9"))
        pacer.hold(method: "chat.update", workspace: "T1", channel: "C3", for: .seconds(10))
        #expect(held("chat.update", "T1", "C9"))
        #expect(!held("chat.update", "T2", "C9"))
        #expect(!held("chat.postMessage", "T1", "C9"))
        clock.advance(.seconds(10))
        #expect(!held("chat.update", "T1", "C9"))
    }

    @Test func `a clock that is set back holds nothing for long`() {
        pacer.hold(method: "users.info", workspace: "T1", channel: nil, for: .seconds(60))
        clock.set(clock.now - .hours(48))
        #expect(!held("users.info"))
        for ticket in 0..<5 { _ = turn("before \(ticket)") }
        clock.set(clock.now - .hours(48))
        #expect(turn("after") ?? .zero <= .seconds(10))
    }

    // MARK: Turns

    @Test func `a few messages go at once, then one a second`() {
        let turns = (1...6).map { turn("\($0)") }
        #expect(turns == [nil, nil, nil, .seconds(1), .seconds(2), .seconds(3)])
    }

    @Test func `a turn is kept for whom it was given to`() {
        for ticket in 1...4 { _ = turn("\(ticket)") }
        #expect(turn("5") == .seconds(2))
        #expect(turn("5") == .seconds(2))
        clock.advance(.seconds(2))
        #expect(turn("late") == .seconds(1))
        #expect(turn("5") == nil)
        // Used up: the next one queues like everybody.
        #expect(turn("5") == .seconds(2))
    }

    @Test func `a crowd in one channel keeps no other channel waiting`() {
        for ticket in 1...100 { _ = turn("\(ticket)", in: "C1") }
        #expect(turn("101", in: "C1") == .seconds(98))
        #expect(turn("1", in: "C2") == nil)
        #expect(turn("1", in: "C1", .update) == nil)
    }

    @Test func `the crowd is through after a second for each`() {
        var waiting = (1...20).map { "\($0)" }
        var sent: [Timestamp] = []
        while !waiting.isEmpty, sent.count < 100 {
            waiting = waiting.filter { ticket in
                if turn(ticket) != nil { return true }
                sent.append(clock.now)
                return false
            }
            clock.advance(.milliseconds(500))
        }
        #expect(sent.count == 20)
        #expect(sent.last == ManualClock.start + .seconds(17))
        for (index, time) in sent.enumerated().dropFirst(3) {
            #expect(time == ManualClock.start + .seconds(Int64(index - 2)))
        }
    }

    @Test func `after a hold one goes at once and the others queue again`() {
        for ticket in 1...6 { _ = turn("\(ticket)") }
        pacer.hold(method: "chat.postMessage", workspace: "T1", channel: "C1", for: .seconds(30))
        #expect(["4", "5", "6"].map { turn($0) } == [.seconds(30), .seconds(30), .seconds(30)])
        clock.advance(.seconds(30))
        #expect(["4", "5", "6"].map { turn($0) } == [nil, .seconds(1), .seconds(2)])
    }

    @Test func `a turn that nobody takes is lost after a minute`() {
        for ticket in 1...3 { _ = turn("\(ticket)") }
        #expect(turn("4") == .seconds(1))
        clock.advance(.seconds(62))
        for ticket in 5...7 { #expect(turn("\(ticket)") == nil) }
        #expect(turn("4") == .seconds(1))
    }
}

@Suite struct `Rate limits of several servers for one app` {
    private let clock = ManualClock()

    @Test func `what Slack asks one for, the others keep to and do not pass on`() {
        let told = Mutex<[SlackPacer.Hold]>([])
        let asked = SlackPacer(clock: clock.clock) { hold in told.withLock { $0.append(hold) } }
        let toldByOther = Mutex(0)
        let other = SlackPacer(clock: clock.clock) { _ in toldByOther.withLock { $0 += 1 } }
        asked.hold(method: "chat.postMessage", workspace: "T1", channel: "C1", for: .seconds(7))
        let holds = told.withLock { $0 }
        #expect(
            holds == [
                SlackPacer.Hold(
                    method: "chat.postMessage", workspace: "T1", channel: "C1", until: clock.now + .seconds(7))
            ])
        for hold in holds + holds { other.adopt(hold) }
        #expect(toldByOther.withLock { $0 } == 0)
        #expect(
            other.heldUntil(method: "chat.postMessage", workspace: "T1", channel: "C1") == clock.now + .seconds(7))
        #expect(other.heldUntil(method: "chat.postMessage", workspace: "T1", channel: "C2") == nil)
        // After it, one may go and not a burst, on this server as on the one that was asked.
        clock.advance(.seconds(7))
        #expect(other.reserve(.post, workspace: "T1", channel: "C1", ticket: "1") == nil)
        #expect(other.reserve(.post, workspace: "T1", channel: "C1", ticket: "2") != nil)
    }

    @Test func `what is over, shorter or absurd changes nothing`() {
        let pacer = SlackPacer(clock: clock.clock)
        func hold(_ time: Duration) -> SlackPacer.Hold {
            SlackPacer.Hold(method: "users.info", workspace: "T1", channel: nil, until: clock.now + time)
        }
        pacer.adopt(hold(.seconds(-1)))
        #expect(pacer.heldUntil(method: "users.info", workspace: "T1", channel: nil) == nil)
        pacer.adopt(hold(.hours(1000)))
        #expect(pacer.heldUntil(method: "users.info", workspace: "T1", channel: nil) == clock.now + .hours(1))
        pacer.adopt(hold(.seconds(2)))
        #expect(pacer.heldUntil(method: "users.info", workspace: "T1", channel: nil) == clock.now + .hours(1))
    }
}
