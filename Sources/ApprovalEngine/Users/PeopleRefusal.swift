package import ApprovalCore

/// Why an administrator's change of users is not made. Read by the administrator.
package enum PeopleRefusal: Error, Hashable, Sendable {
    /// The installation would have no administrator left who is a person.
    case lastAdmin(String)
    /// The configuration folder names this user, and is where to change them.
    case configured(String)
    case unknownUser(String)
    /// The id belongs to a user who was deleted; it is not given again.
    case deletedUser(PersonID)
    /// Another user has this e-mail address, name or Slack account.
    case taken(String)
    /// A new user without what every user has, or an identity that cannot be.
    case incomplete(String)

    package var sentence: String {
        switch self {
        case .lastAdmin(let name):
            "\(name) is the last administrator, and can neither be deleted nor lose the role. "
                + "Make somebody else an administrator first: symflow users set-role."
        case .configured(let name):
            "\(name) is named in the configuration folder of the server (organization.users), which decides over role, "
                + "e-mail address and existence. Change it there."
        case .unknownUser(let name): "There is no user \(name)."
        case .deletedUser(let id): "The user \(id) was deleted. Create the person anew, under a new id."
        case .taken(let name): "\(name) belongs to another user."
        case .incomplete(let what): what
        }
    }
}
