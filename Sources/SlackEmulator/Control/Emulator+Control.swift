import HTTPModel
import Support

extension Emulator {
    /// One request to the control API. `SlackEmulator.docc` holds its shapes.
    func respondToControl(_ path: String, _ request: HTTPRequest) async -> HTTPResponse {
        do {
            try Self.refuseForeign(request)
            let body = try ControlRequest(request)
            switch (request.method, path.dropFirst("/emulator/".count)) {
            // People act.
            case ("POST", "command"): return .json(try await command(body))
            case ("POST", "click"): return .json(try await click(body))
            case ("POST", "options"): return .json(try await options(body))
            case ("POST", "shortcut"): return .json(try await shortcut(body))
            case ("POST", "view/submit"): return .json(try await submit(body))
            case ("POST", "view/action"): return .json(try await viewAction(body))
            case ("POST", "view/input"): return .json(try await input(body))
            case ("POST", "view/close"): return .json(try await close(body))
            case ("POST", "message"): return .json(try await say(body))
            case ("POST", "home"): return .json(try await openHome(body))
            case ("POST", "event"): return .json(try await event(body))
            // The workspace changes.
            case ("POST", "channel/join"): return .json(try await join(body))
            case ("POST", "channel/leave"): return .json(try await leave(body))
            case ("POST", "channel/archive"): return .json(try await archive(body))
            case ("POST", "channel/disconnect"): return .json(try await disconnect(body))
            case ("POST", "user"): return .json(try await changeUser(body))
            case ("POST", "user/deactivate"): return .json(try await deactivate(body))
            case ("POST", "token"): return .json(try setToken(body))
            // Looking and waiting.
            case ("GET", "world"): return .json(world())
            case ("GET", "about"): return .json(about())
            case ("GET", "state"): return .json(try personState(body))
            case ("GET", "messages"): return .json(try messages(body))
            case ("GET", "views"): return .json(try views(body))
            case ("GET", "calls"): return .json(calls(body))
            case ("POST", "wait"): return .json(try await wait(body))
            case ("GET", "events"): return events(request)
            // Switches.
            case ("GET", "faults"): return .json(faultList())
            case ("POST", "faults"): return .json(try addFaults(body))
            case ("PUT", "faults"): return .json(try addFaults(body, replacing: true))
            case ("DELETE", "faults"): return .json(clearFaults())
            case ("POST", "limits"): return .json(setLimits(body))
            case ("POST", "clock"): return try moveClock(body)
            case ("POST", "app"): return .json(setApp(body))
            default:
                return .json(["ok": false, "error": "unknown_path", "message": .string(path)], status: 404)
            }
        } catch let refusal as PersonRefusal {
            return .json(["ok": false, "error": .string(refusal.error), "message": .string(refusal.message)])
        } catch let problem as ControlProblem {
            return .json(
                ["ok": false, "error": .string(problem.error), "message": .string(problem.message)],
                status: problem.status)
        } catch {
            return .json(["ok": false, "error": "internal_error", "message": .string("\(error)")], status: 500)
        }
    }

    /// Other sites that are open in the same browser can send requests to this machine; a browser says where they come
    /// from.
    private static func refuseForeign(_ request: HTTPRequest) throws {
        guard let origin = request.headers["Origin"] else { return }
        let host = request.headers["Host"] ?? ""
        guard origin == "http://\(host)" || origin == "https://\(host)" else {
            throw ControlProblem(
                status: 403, error: "foreign_origin", message: "\(origin) is another site than this one.")
        }
    }
}
