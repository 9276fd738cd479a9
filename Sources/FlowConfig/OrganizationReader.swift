import ApprovalCore
import Support

extension ConfigReader {
    func organization(_ node: ConfigNode) -> Organization? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let slug = reader.required("slug", "the organization's short name").flatMap { report.slug($0) }
        let label = reader.label()
        let domains = (reader.optional("domains").flatMap(report.array) ?? []).compactMap(domain)
        let usersNode = reader.optional("users")
        let users = usersNode.flatMap(report.array) ?? []
        let read = users.compactMap { user($0) }
        reader.finish()
        reportSharedNames(users)
        if !read.contains(where: { $0.role == .admin }) {
            report.warning(
                usersNode ?? node, found: "no user with the role \"admin\"", expected: "at least one",
                hint: "Nobody can say what happened to a grant whose outcome is unclear.")
        }
        guard let slug else { return nil }
        return Organization(slug: slug, label: label ?? slug, domains: domains, users: read)
    }

    private func domain(_ node: ConfigNode) -> String? {
        guard let text = node.value.text, ConfigPatterns.isDomain(text) else {
            report.problem(node, expected: "a domain of e-mail addresses, such as \"acme.example\"")
            return nil
        }
        return text.lowercased()
    }

    private func user(_ node: ConfigNode) -> Organization.User? {
        guard var reader = ObjectReader(node, report) else { return nil }
        let email = reader.required("email", "the person's e-mail address").flatMap(report.email)
        let role = reader.required("role", "guest, member or admin").flatMap { report.choice($0, of: Role.self) }
        let slack = reader.optional("slack")
        let accounts = slack.map { ($0.value.elements == nil ? [$0] : $0.elements).compactMap(account) } ?? []
        let name = reader.label("name")
        reader.finish()
        guard let email, let role else { return nil }
        return Organization.User(email: email, role: role, accounts: accounts, name: name)
    }

    private func account(_ node: ConfigNode) -> Account? {
        if let text = node.value.text, let account = Self.account(text, workspace: nil) { return account }
        report.problem(node, expected: "workspace and user, \"T…/U…\"")
        return nil
    }

    /// `T…/U…`, or `U…` where the workspace is clear.
    static func account(_ text: String, workspace: String?) -> Account? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 1, let workspace, SlackIDKind.user.matches(text) {
            return Account(workspace: workspace, user: text)
        }
        guard parts.count == 2, SlackIDKind.workspace.matches(parts[0]), SlackIDKind.user.matches(parts[1]) else {
            return nil
        }
        return Account(workspace: parts[0], user: parts[1])
    }

    /// One address, or one account, is one person.
    private func reportSharedNames(_ users: [ConfigNode]) {
        var seen: [String: ConfigNode] = [:]
        for user in users {
            let slack = user.member("slack")
            let accounts = slack.map { $0.value.elements == nil ? [$0] : $0.elements } ?? []
            for node in [user.member("email")].compactMap({ $0 }) + accounts {
                guard let text = node.value.text?.lowercased() else { continue }
                if let first = seen[text] {
                    report.problem(
                        node, expected: "what no other user has",
                        hint: "\(first.file): \(first.path) has it as well.")
                } else {
                    seen[text] = node
                }
            }
        }
    }
}
