import ApprovalCore
import SlackContract
import SlackGateway
import Support
import TestSupport
import Testing

/// What is read when it changes: `Fixtures/slack/outbound/card_*.json`.
@Suite struct `Cards as recorded` {
    @Test(arguments: CardSample.allCases, CardReader.allCases)
    func `the approvers' card`(sample: CardSample, reader: CardReader) throws {
        try expectGolden(
            message(sample, .approvers, reader).pretty, "slack/outbound/card_\(sample.rawValue)_\(reader).json")
    }

    @Test(arguments: CardSample.allCases)
    func `the requester's card`(sample: CardSample) throws {
        try expectGolden(
            message(sample, .requester, .member).pretty, "slack/outbound/card_\(sample.rawValue)_requester.json")
    }

    private func message(_ sample: CardSample, _ audience: Card.Audience, _ reader: CardReader) throws -> JSONValue {
        let run = try sample.run()
        let message = RequestMessage.message(
            for: try sample.card(audience, of: run), of: run, flow: sample.flow, reader: reader, marker: "run/slot")
        #expect(SlackRules.breaches(of: .object(message.json)) == [])
        return .object(message.json)
    }
}
