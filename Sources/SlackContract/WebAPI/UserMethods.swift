package import Support

package struct UsersInfo: SlackMethod {
    package static let name = "users.info"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(user: String) { arguments = ["user": .string(user)] }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackUser {
        try SlackUser(required: body, of: name)
    }
}

/// Finds a person of our own workspace; never one of another, never a deactivated one.
package struct UsersLookupByEmail: SlackMethod {
    package static let name = "users.lookupByEmail"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(email: String) { arguments = ["email": .string(email)] }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackUser {
        try SlackUser(required: body, of: name)
    }
}

package struct UsersList: SlackMethod {
    package static let name = "users.list"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(team: String? = nil, cursor: String? = nil, limit: Int = SlackPaging.limit) {
        var arguments: JSONObject = [:]
        arguments.add("team_id", team)
        arguments.addPage(cursor: cursor, limit: limit)
        self.arguments = arguments
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> SlackPage<SlackUser> {
        SlackPage(body, "members") { SlackUser($0) }
    }
}

/// A group of people that can be mentioned together.
package struct SlackUsergroup: Hashable, Sendable {
    package var id: String
    package var handle: String?
    package var name: String?
    /// Switched off.
    package var isDisabled: Bool

    init?(_ json: JSONValue) {
        guard let id = json.string("id") else { return nil }
        self.id = id
        handle = json.string("handle")
        name = json.string("name")
        isDisabled = (json["date_delete"]?.integer ?? 0) > 0
    }
}

package struct UsergroupsList: SlackMethod {
    package static let name = "usergroups.list"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(team: String? = nil) {
        var arguments: JSONObject = [:]
        arguments.add("team_id", team)
        self.arguments = arguments
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> [SlackUsergroup] {
        body["usergroups"]?.elements?.compactMap { SlackUsergroup($0) } ?? []
    }
}

/// The ids of those who are in a user group.
package struct UsergroupsUsersList: SlackMethod {
    package static let name = "usergroups.users.list"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(usergroup: String, team: String? = nil) {
        var arguments: JSONObject = ["usergroup": .string(usergroup)]
        arguments.add("team_id", team)
        self.arguments = arguments
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> [String] { body.strings("users") }
}

package struct TeamInfo: SlackMethod {
    package static let name = "team.info"
    package static let encoding = SlackEncoding.form
    package let arguments: JSONObject

    package init(team: String? = nil) {
        var arguments: JSONObject = [:]
        arguments.add("team", team)
        self.arguments = arguments
    }

    package struct Reply: Hashable, Sendable {
        package var id: String
        package var name: String?
        package var domain: String?
        package var enterpriseID: String?
    }

    package static func reply(from body: JSONValue) throws(SlackDecodingError) -> Reply {
        let team = try body.requiredObject("team", of: name)
        return Reply(
            id: try team.required("id", of: "team"), name: team.string("name"), domain: team.string("domain"),
            enterpriseID: team.string("enterprise_id")
        )
    }
}

extension SlackUser {
    init(required body: JSONValue, of method: String) throws(SlackDecodingError) {
        let user = try body.requiredObject("user", of: method)
        guard let known = SlackUser(user) else {
            throw .unexpected(path: "user.id", expected: "text", found: "nothing")
        }
        self = known
    }
}
