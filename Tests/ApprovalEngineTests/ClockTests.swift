import ApprovalCore
import ApprovalEngine
import Support
import TestSupport
import Testing

@Suite struct `A clock that is set back` {
    private let fixture: EngineFixture

    init() throws { fixture = try EngineFixture() }

    @Test func `makes nothing wait for hours that was to be tried again in seconds`() async throws {
        let id = try await fixture.granted()
        fixture.strategy.alwaysOnRemoval(.notSent)
        try await fixture.pass(.minutes(61), step: .seconds(30))
        let worker = OutboxWorker(.removals, of: fixture.engine)
        try await worker.runOnce()
        let tried = fixture.strategy.keys("deescalate").count
        fixture.clock.set(fixture.clock.now - .hours(3))
        try await worker.runOnce()
        #expect(fixture.strategy.keys("deescalate").count == tried + 1)
        // From then on it keeps its pace.
        try await worker.runOnce()
        #expect(fixture.strategy.keys("deescalate").count == tried + 1)
        fixture.strategy.alwaysOnRemoval(.done)
        fixture.clock.advance(.minutes(1))
        try await worker.runOnce()
        #expect(fixture.strategy.isOn.isEmpty)
        #expect(try await fixture.run(id).state.name == "removed")
        #expect(Set(fixture.strategy.keys("deescalate")) == ["\(id)/deescalate/1"])
        try await fixture.verify()
    }

    @Test func `ends access when it shows the end, and once`() async throws {
        let id = try await fixture.granted()
        fixture.clock.set(fixture.clock.now - .hours(3))
        try await fixture.pass(.minutes(235), step: .minutes(1))
        #expect(fixture.strategy.isOn == [id.text])
        try await fixture.pass(.minutes(5), step: .minutes(1))
        #expect(fixture.strategy.isOn.isEmpty)
        fixture.clock.set(fixture.clock.now - .hours(3))
        try await fixture.pass(.hours(5), step: .minutes(5))
        #expect(fixture.strategy.keys("deescalate").count == 1)
        try await fixture.verify()
    }

    @Test func `makes nobody known who was known before it`() async throws {
        let id = try await fixture.asked()
        try await fixture.know(Sample.dana)
        fixture.clock.set(fixture.clock.now - .hours(3))
        #expect(try await fixture.click(.approve, by: Sample.dana, on: id) == .checking)
        #expect(try await fixture.run(id).openReceipts.count == 1, "she is looked up before her click counts")
        try await fixture.settle()
        #expect(try await fixture.kinds(id).contains("approved"))
    }
}
