import Support

/// All users with their identities as a sheet: a column for each service, the user's id in the last (sym-api.md 4,
/// CSV contract).
struct UserSheet {
    static let idHeading = "User ID"

    let services: [ServiceKey]
    let users: [ClientUser]

    /// Services of types that a sheet cannot say, and those that people are not to see, are not in it.
    init(services: [ClientService], users: [ClientUser]) {
        self.services = services.map(\.key).filter { $0.isKnown && !$0.isHidden }
        self.users = users
    }

    var headings: [String] { services.map(\.description) }

    func cells(of user: ClientUser) -> [String] { services.map { user.identity(in: $0)?.value ?? "" } }

    var csv: String { CSV.text([headings + [Self.idHeading]] + users.map { cells(of: $0) + [$0.id] }) }

    /// What a changed sheet asks for.
    struct Changes {
        /// Entries for `PATCH users`.
        var writes: [JSONObject] = []
        /// Entries for `POST users/identities/delete`.
        var identitiesGone: [JSONObject] = []
        /// Users whose row is not there any more.
        var usersGone: [ClientUser] = []

        var isEmpty: Bool { writes.isEmpty && identitiesGone.isEmpty && usersGone.isEmpty }
    }

    /// Compares a sheet that was changed with this one.
    ///
    /// - Throws: before anything is changed, with every line that cannot be carried out.
    func changes(in text: String, ids: IDGenerator) throws(ClientError) -> Changes {
        let rows: [(line: Int, cells: [String])]
        do { rows = try CSV.rows(text) } catch {
            throw .usage("line \(error.line) of the sheet: \(error.message).")
        }
        guard let header = rows.first else { throw .usage("the sheet is empty.", hint: Self.advice) }
        let columns = try Columns(header.cells, of: self)
        var changes = Changes()
        var problems: [String] = []
        var seen: Set<String> = []
        for (line, cells) in rows.dropFirst() {
            guard cells.count <= header.cells.count else {
                problems.append("line \(line): \(cells.count) cells where the headings are \(header.cells.count)")
                continue
            }
            let id = columns.id(cells).lowercased()
            if !id.isEmpty, !seen.insert(id).inserted {
                problems.append("line \(line): the \(Self.idHeading) \(id) stands in another line as well")
                continue
            }
            do { try add(columns, cells, id: id, to: &changes, ids: ids) } catch {
                problems.append("line \(line): \(error.message)")
            }
        }
        guard problems.isEmpty else {
            throw .usage(
                "the sheet cannot be carried out, and nothing was changed:\n  " + problems.joined(separator: ".\n  ")
                    + ".")
        }
        changes.usersGone = users.filter { !seen.contains($0.id.lowercased()) }
        return changes
    }

    private static let advice = "symflow users list-identities -o FILE writes one to start from."

    private func add(
        _ columns: Columns, _ cells: [String], id: String, to changes: inout Changes, ids: IDGenerator
    ) throws(ClientError) {
        let user = users.first { $0.id.lowercased() == id }
        let email = columns.value(of: .sym, cells)
        guard !email.isEmpty else {
            throw .usage(
                user == nil
                    ? "a new user wants an e-mail address in \(ServiceKey.sym)"
                    : "the e-mail address is missing; to delete a user, take out the whole line"
            )
        }
        if user == nil, users.contains(where: { $0.name == email }) {
            throw .usage("\(email) is a user already; their line has the \(Self.idHeading)")
        }
        guard id.isEmpty || user != nil || Self.isUUID(id) else { throw .usage("\"\(id)\" is no \(Self.idHeading)") }
        var written: [ClientUser.Identity] = []
        for service in columns.services {
            let value = columns.value(of: service, cells)
            let old = user?.identity(in: service)
            guard value != old?.value ?? "" else { continue }
            if value.isEmpty {
                if let user, let old {
                    changes.identitiesGone.append(Identities.reference(to: old, of: user.id))
                }
            } else {
                let matcher = try ServiceType.matcher(for: service.type, value: value)
                written.append(ClientUser.Identity(service: service, matcher: matcher, profile: [:]))
            }
        }
        guard !written.isEmpty else { return }
        if !written.contains(where: { $0.service == .sym }) {
            // The server wants to know whose identities these are (sym-api.md 14.9).
            written.insert(.init(service: .sym, matcher: ["email": .string(email)], profile: [:]), at: 0)
        }
        let target = id.isEmpty ? ids.next() : user?.id ?? id
        changes.writes.append(APIClient.entry(target, type: "normal", written))
    }

    private static func isUUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12]
            && parts.allSatisfy { $0.utf8.allSatisfy { Hex.value($0) != nil } }
    }

    /// Which column of a sheet says what.
    private struct Columns {
        private var places: [ServiceKey: Int] = [:]
        private var idPlace = 0
        /// In the order of the sheet.
        private(set) var services: [ServiceKey] = []

        init(_ headings: [String], of sheet: UserSheet) throws(ClientError) {
            var unknown: [String] = []
            var hasID = false
            for (place, heading) in headings.map(\.trimmed).enumerated() {
                if heading == UserSheet.idHeading, !hasID {
                    hasID = true
                    idPlace = place
                } else if let service = sheet.services.first(where: { $0.description == heading }),
                    places[service] == nil
                {
                    places[service] = place
                    services.append(service)
                } else {
                    unknown.append(heading)
                }
            }
            guard unknown.isEmpty else {
                throw ClientError(
                    .missingService,
                    "The sheet has columns for which there is no service: \(unknown.joined(separator: ", ")).",
                    hint: "There are: \(sheet.headings.joined(separator: ", "))."
                )
            }
            guard hasID, places[.sym] != nil else {
                throw .usage(
                    "the sheet needs the columns \(ServiceKey.sym) and \(UserSheet.idHeading): without them everybody "
                        + "would be deleted and made again.", hint: UserSheet.advice
                )
            }
        }

        func value(of service: ServiceKey, _ cells: [String]) -> String {
            places[service].map { $0 < cells.count ? cells[$0].trimmed : "" } ?? ""
        }

        func id(_ cells: [String]) -> String { idPlace < cells.count ? cells[idPlace].trimmed : "" }
    }
}
