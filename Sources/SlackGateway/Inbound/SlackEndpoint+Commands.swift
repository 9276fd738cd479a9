import ApprovalCore
import ApprovalEngine
import FlowConfig
import HTTPModel
import SlackContract
import Support

extension SlackEndpoint {
    /// How many runs `/sym list` shows.
    static let listMax = 20

    /// `/sym …` (interface.md 5). Acknowledged at once; what needs a look-up follows in the private answer.
    func answer(_ command: SlashCommand, workspace: String) -> HTTPResponse {
        let words = command.text.split(whereSeparator: \.isWhitespace).map(String.init)
        switch words.first?.lowercased() {
        case nil, "req", "request":
            guard let trigger = command.triggerID else { return .acknowledged }
            let flow = words.count > 1 ? words[1] : nil
            let target = words.count > 2 ? words[2...].joined(separator: " ") : nil
            // Where a filter says which flows there are for whom, the form does: asking it takes too long for here.
            let flows = desk.offers.flows(in: workspace)
            if let flow, !desk.offers.isFiltered, !flows.contains(where: { $0.isNamed(flow) }) {
                if let sentence = broken(in: workspace, { $0.lowercased() == flow.lowercased() }) {
                    return .ephemeral(Message(text: sentence, blocks: [.section(sentence)]))
                }
                return .ephemeral(PromptText.unknownFlow(flow, known: flows))
            }
            openPrompt(
                for: command.actor, workspace: workspace, trigger: trigger, flow: flow, target: target,
                reply: command.responseURL
            )
            return .acknowledged
        case "whoami":
            reply(to: command, workspace: workspace) { person in
                await self.whoAmI(person, workspace: workspace)
            }
            return .acknowledged
        case "list":
            reply(to: command, workspace: workspace) { person in await self.list(of: person) }
            return .acknowledged
        case "help": return .ephemeral(HelpText.message(unknown: nil))
        case let word?: return .ephemeral(HelpText.message(unknown: word))
        }
    }

    private func reply(
        to command: SlashCommand, workspace: String, _ message: @escaping @Sendable (Person) async -> Message
    ) {
        guard let url = command.responseURL else { return }
        lane.start {
            do {
                let person = try await self.engine.person(command.actor.claimed, from: workspace)
                _ = await self.respond(to: url, with: await message(person))
            } catch {
                self.log.warning("a command could not be answered", ["error": "\(error)"])
                let sentence: Mrkdwn = "Slack did not tell us who you are just now. Please try again."
                _ = await self.respond(to: url, with: Message(text: sentence, blocks: [.section(sentence)]))
            }
        }
    }

    /// With the names that the person has in other systems, where they are a user and the store answers.
    private func whoAmI(_ person: Person, workspace: String) async -> Message {
        var organization = engine.configuration().organization
        if let slug = try? await engine.organizationSlug() { organization.slug = slug }
        let user = (try? await engine.user(person.id)) ?? .none
        let identities = user?.identities.filter { $0.service != .sym && $0.service.type != "slack" } ?? []
        return WhoAmI.message(
            person, organization: organization, workspace: workspace,
            identities: identities.map { identity in
                WhoAmI.KnownAs(
                    service: identity.service.description,
                    name: identity.key ?? JSONValue.object(identity.matcher).compact
                )
            }
        )
    }

    private func list(of person: Person) async -> Message {
        var runs: [(AccessRequest, Flow)] = []
        for id in (try? await engine.store.runs(of: person.id, limit: Self.listMax)) ?? [] {
            guard let stored = try? await engine.store.load(id), let flow = try? await engine.flow(stored.run.revision)
            else { continue }
            runs.append((stored.run, flow))
        }
        return Message(text: "Your requests", blocks: RunSummary.blocks(runs, for: person))
    }
}

extension Flow {
    func isNamed(_ name: String) -> Bool { self.name.lowercased() == name.lowercased() }
}

extension HTTPResponse {
    /// A private answer to a command, in the acknowledgement itself.
    static func ephemeral(_ message: Message) -> HTTPResponse { .json(ResponseMessage.ephemeral(message).json) }
}
