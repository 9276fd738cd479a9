import ApprovalCore
import Support
import Testing

@Suite struct `What a run is called` {
    @Test func `in every state, by both names`() throws {
        var denied = try Story.pending()
        try denied.press(.deny, by: .ada)
        var expired = Story()
        expired.now = Story.answerBy
        try expired.take(.checkDeadline(holdExpiries: false))
        var removed = try Story.removing()
        try removed.take(.removalDone(epoch: 1))
        let approved = try Story.escalating(.sample(), Story.terms(hasStrategy: false))
        let table: [(Story, Status.Run, String, isOver: Bool, holdsGrant: Bool)] = [
            (Story(), .requested, "pending", false, false),
            (try .pending(), .requested, "pending", false, false),
            (try .escalating(), .approved, "processing", false, false),
            (try .active(), .escalated, "approved", false, true),
            (approved, .approved, "approved", true, false),
            (try .failed(.refused), .errored, "approved_execution_failed", false, false),
            (try .failed(.ambiguous), .errored, "approved_execution_failed", false, true),
            (try .removing(), .escalated, "approved", false, true),
            (removed, .deescalated, "approved", true, false),
            (denied, .denied, "denied", true, false),
            (expired, .expired, "expired", true, false),
        ]
        for (story, status, approval, isOver, holdsGrant) in table {
            #expect(story.run.status.run == status)
            #expect(story.run.status.approval.rawValue == approval)
            #expect(story.run.isOver == isOver)
            #expect(story.run.holdsGrant == holdsGrant)
            let bytes = StoredJSON.encode(story.run)
            #expect(try StoredJSON.decode(AccessRequest.self, from: bytes) == story.run)
        }
    }

    @Test func `an attempt holds its grant as soon as a call may have left`() throws {
        var story = try Story.escalating()
        #expect(!story.run.holdsGrant)
        try story.take(.attemptStarts(epoch: 1))
        #expect(story.run.holdsGrant)
        try story.take(.attemptDidNotLeave(epoch: 1))
        #expect(!story.run.holdsGrant)
    }
}

@Suite struct `A run's time` {
    @Test func `never goes back`() throws {
        var story = try Story.pending()
        story.now = .start + .minutes(10)
        try story.press(.approve, by: .ada)
        story.now = .start
        try story.take(.attemptStarts(epoch: 1))
        try story.take(.granted(epoch: 1, output: nil))
        #expect(story.run.lastFactAt == .start + .minutes(10))
        #expect(story.run.access?.since == .start + .minutes(10))
        #expect(story.run.access?.until == .start + .minutes(10) + .seconds(Story.durationSeconds))
        #expect(story.run.wakeAt == story.run.access?.until)
    }

    @Test func `a clock that went back does not make stale facts fresh`() throws {
        var story = try Story.pending()
        story.now = .start + .minutes(10)
        try story.take(.handlerFailed(.afterRequest, error: "x"))
        story.now = .start
        try story.press(.approve, by: .ada)
        #expect(story.run.openReceipts.count == 1)
    }

    @Test func `every state says when it must be looked at next`() throws {
        #expect(Story().run.wakeAt == Story.answerBy)
        #expect(try Story.pending().run.wakeAt == Story.answerBy)
        #expect(try Story.escalating().run.wakeAt == .start + Attempt.time)
        #expect(try Story.active().run.wakeAt == .start + .seconds(Story.durationSeconds))
        #expect(try Story.failed(.refused).run.wakeAt == nil)
        #expect(try Story.failed(.ambiguous).run.wakeAt == .start + Attempt.time + .seconds(Story.durationSeconds))
        #expect(try Story.removing().run.wakeAt == nil, "the outbox takes care")
    }
}
