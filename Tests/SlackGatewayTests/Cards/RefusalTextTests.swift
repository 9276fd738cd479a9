import ApprovalCore
import SlackContract
import SlackGateway
import Support
import TestSupport
import Testing

/// One refusal of every kind.
enum RefusalSamples {
    static func all(text: () -> String = { "the flow says no" }) -> [Refusal] {
        let verdict = try? CardSample.denied.run().verdict
        return [
            .ownRequest, .alreadyVoted, .notADecider(DeciderRule(people: ["dana@acme.test", "U0ELI", text()])),
            .notADecider(DeciderRule(level: .admin)), .notADecider(DeciderRule(channelMembers: "C0DBACCESS")),
            .notADecider(DeciderRule(level: .guest, workspace: "T0GUEST")), .guestsMayNot, .inactive, .botsMayNot,
            .guestFromElsewhere, .answeredTooLate(since: Sample.start), .cardReplaced, .notYetAsked, .notActive,
            .beingSwitchedOn, .alreadyEnded, .revokingNotAllowed, .notRevoker, .nothingToRetry, .retryNeedsAdmin,
            .adminsOnly, .cannotTellWho(text()), .hookIgnored(text()), .hookFailed(text()),
        ] + (verdict.map { [.alreadyDecided($0)] } ?? [])
    }
}

@Suite struct `Refused clicks are explained` {
    @Test func `as recorded`() throws {
        let run = try CardSample.pending.run()
        var lines = ""
        for refusal in RefusalSamples.all() {
            for reader in CardReader.allCases {
                let sentence = RefusalText.sentence(
                    refusal, action: .approve, of: run, flow: CardSample.pending.flow, reader: reader)
                #expect(SlackRules.breaches(of: .object(Message(text: sentence).json)) == [])
                lines += "\(refusal.name) (\(reader)): \(sentence.markup)\n"
            }
        }
        #expect(Set(RefusalSamples.all().map(\.name)).count == 22)
        try expectGolden(lines, "slack/outbound/refusals.txt")
    }

    @Test func `without a run there is still a reason`() {
        for refusal in RefusalSamples.all() {
            let sentence = RefusalText.sentence(refusal, action: .deny, of: nil, flow: nil)
            #expect(!sentence.isBlank)
            #expect(!sentence.markup.contains("dana@acme.test"))
        }
    }

    @Test func `the loser of a race is told who decided and when`() throws {
        let run = try CardSample.denied.run()
        do {
            _ = try run.clicked(.approve, by: Sample.dana)
            Issue.record("a second decision was taken")
        } catch {
            let sentence = RefusalText.sentence(error, action: .approve, of: run, flow: CardSample.denied.flow)
            #expect(sentence.markup.contains("*Denied* by <@U0ELI>, <!date^1772442004^"))
        }
    }

    @Test func `addresses are for people of the team`() throws {
        let refusal = Refusal.notADecider(DeciderRule(people: ["dana@acme.test", "U0ELI"]))
        func sentence(guestsAllowed: Bool, _ reader: CardReader? = nil) throws -> String {
            let flow = Sample.flow(allowGuestInteraction: guestsAllowed)
            let run = try AccessRequest.sample(of: flow).asked()
            return RefusalText.sentence(refusal, action: .approve, of: run, flow: flow, reader: reader).markup
        }
        #expect(try sentence(guestsAllowed: false).contains("dana@acme.test or <@U0ELI>"))
        #expect(try !sentence(guestsAllowed: true).contains("dana@acme.test"))
        #expect(try sentence(guestsAllowed: true).contains("<@U0ELI>"))
        #expect(try sentence(guestsAllowed: true, .member).contains("dana@acme.test"))
    }
}
