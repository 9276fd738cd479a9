import AdminClient
import Support

extension Command {
    static let services = group(
        "services", "What identities belong to: workspaces, accounts, organisations elsewhere.",
        [
            client("list", "All services.") { client, _ in try await Services(client.desk).list() },
            client(
                "update", "Change what a service is called.",
                [ClientOptions.serviceType, ClientOptions.externalID, Option("--label", "TEXT", "its new name")]
            ) { client, words in
                try await Services(client.desk).update(
                    words["--service-type"], words["--external-id"], label: words["--label"]
                )
            },
            client(
                "delete", "Delete a service that nothing refers to.",
                [ClientOptions.serviceType, ClientOptions.externalID, ClientOptions.force]
            ) { client, words in
                try await Services(client.desk).delete(words["--service-type"], words["--external-id"])
            },
        ]
    )

    static let domains = group(
        "domains", "E-mail domains whose people are members without being listed.",
        [
            client("list", "All domains.") { client, _ in try await Organization(client.desk).listDomains() },
            client("add", takes: ["DOMAIN"], "Make people with an address there members.") { client, words in
                try await Organization(client.desk).addDomain(try words.operand("DOMAIN"))
            },
            client("remove", takes: ["DOMAIN"], "Make nobody a member by an address there; users that there are stay.")
            {
                client, words in
                try await Organization(client.desk).removeDomain(try words.operand("DOMAIN"))
            },
        ]
    )

    static let organization = group(
        "organization", "Settings of the organisation.",
        [
            client(
                "configure-mfa", takes: ["ENABLED"], "Demand a second factor at login, or not: true or false.",
                [ClientOptions.force]
            ) { client, words in
                try await Organization(client.desk).configureMFA(
                    try Organization.flag(try words.operand("ENABLED"))
                )
            }
        ]
    )

    static let resources = group(
        "resources", "Flows, targets and the like, from Terraform or the configuration folder.",
        [
            client(
                "list", takes: ["RESOURCE_TYPE"], "All resources of a kind.",
                details: "Kinds: \(Resources.kinds.map(\.name).joined(separator: ", "))."
            ) { client, words in
                try await Resources(client.desk).list(kind: try words.operand("RESOURCE_TYPE"))
            }
        ]
    )

    static let status = client("status", "Whether the token is good, and whose it is.") { client, _ in
        guard client.session.token != nil else {
            throw ClientError(.failed, ClientError.notLoggedIn.message, hint: ClientError.notLoggedIn.hint)
        }
        try await Status(client.desk, client.session).run()
    }

    static let config = group(
        "config", "The login file.",
        [
            client("get", takes: ["KEY"], "One value of the login file, such as org or auth_token.token_type.") {
                client, words in
                try client.settings.get(try words.operand("KEY"))
            },
            client(
                "set", takes: ["KEY", "VALUE"], "Change one value of the login file.",
                details: "Keys: \(Settings.settable.joined(separator: ", ")). Tokens are not set on a command line."
            ) { client, words in
                try client.settings.set(try words.operand("KEY"), try words.operand("VALUE"))
            },
        ]
    )

    static let logout = client("logout", "Forget the token in the login file.") { client, _ in
        try client.settings.logOut(hasVariable: client.session.source == .environment)
    }
}

extension Client {
    var settings: Settings { Settings(file, screen: desk.screen, json: desk.json) }
}
