/// One card in one conversation.
package struct Card: Hashable, Codable, Sendable {
    package enum Audience: String, Hashable, Codable, Sendable { case approvers, requester }

    /// Unique within the run; the outbox serialises by it.
    package var slot: String
    package var audience: Audience
    /// The round of asking it belongs to; approvers' cards of earlier rounds say that they were replaced.
    package var round: Int
    package var place: Routing.Place
    package var copy: Copy?
    /// Why it could not be delivered, where that is certain.
    package var failure: String?
    /// How often a copy was lost in Slack and posted anew.
    package var replacements = 0

    /// A copy that is lost so often is not posted again.
    package static let replacementsMax = 2

    package struct Copy: Hashable, Codable, Sendable {
        package var channel: String
        package var ts: String

        package init(channel: String, ts: String) {
            self.channel = channel
            self.ts = ts
        }
    }

    package static let requesterSlot = "requester"

    /// The slot of a copy that was pressed before we knew that it was posted.
    package static func adoptedSlot(round: Int, number: Int) -> String { "\(round).\(adopted).\(number)" }
    package static func isAdopted(_ slot: String) -> Bool {
        slot.split(separator: ".").dropFirst().first.map(String.init) == adopted
    }
    private static let adopted = "adopted"

    /// More copies of one request than this are not kept track of.
    package static let countMax = 100
}
