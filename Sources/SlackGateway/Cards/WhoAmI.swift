package import ApprovalCore
package import FlowConfig
package import SlackContract

/// The answer to `/sym whoami` (SYM-44).
package enum WhoAmI {
    /// What a person is called in some system.
    package struct KnownAs: Hashable, Sendable {
        package var service: String
        package var name: String

        package init(service: String, name: String) {
            self.service = service
            self.name = name
        }
    }

    /// - Parameters:
    ///   - workspace: where it was typed, `T…`.
    ///   - identities: beside the e-mail address that Slack shows us.
    package static func message(
        _ person: Person, organization: Organization, workspace: String, identities: [KnownAs] = []
    ) -> Message {
        var lines: [Mrkdwn] = [
            "*Organization*: \(raw: Words.label(organization.label)) (\(code: organization.slug))",
            "*Workspace*: \(code: workspace)",
            "*Slack user*: \(code: person.account.user)",
            "*Role*: \(person.role.rawValue)",
            "*E-mail*: \(plain: person.email ?? "not shown to us by Slack")",
        ]
        lines += identities.map { "*\(plain: Words.oneLine($0.service))*: \(code: $0.name)" }
        return Message(
            text: "You are \(plain: Words.oneLine(person.name))", blocks: [.section(lines.joined(separator: "\n"))])
    }
}
