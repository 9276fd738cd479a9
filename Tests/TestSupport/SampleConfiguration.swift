package import FlowConfig
import Support

/// A small organisation for tests of the engine, read from text as an operator would write it: the people are those of
/// `Sample`.
package enum SampleConfiguration {
    package struct Unusable: Error, CustomStringConvertible { package let description: String }

    /// - Parameter url: the target's address, which approvals are bound to.
    package static func load(
        url: String = "https://target.test/grants", flows: String = SampleConfiguration.flows
    ) throws -> Configuration {
        let loader = ConfigurationLoader(knowsTimeZone: { $0 == "Europe/Berlin" }, readFile: { _ in nil })
        let result = loader.load([
            ConfigFile(path: "acme.json", bytes: Array(organization(url: url).utf8)),
            ConfigFile(path: "flows.json", bytes: Array("{\"flows\": [\(flows)]}".utf8)),
        ])
        switch result.configuration {
        case .success(let configuration): return configuration
        case .failure(let error):
            throw Unusable(description: error.problems.map(\.description).joined(separator: "\n"))
        }
    }

    private static func organization(url: String) -> String {
        """
        {
          "organization": {
            "slug": "acme", "domains": ["acme.test"], "users": [{"email": "ada@acme.test", "role": "admin"}]
          },
          "integrations": [
            {"type": "slack", "name": "home", "external_id": "\(Sample.workspace)"},
            {"type": "slack", "name": "guests", "external_id": "\(Sample.otherWorkspace)", "settings": {"home": "false"}}
          ],
          "error_loggers": [{"name": "errors", "integration": "home", "destination": "#errors"}],
          "environments": [{"name": "main", "integrations": {"slack": "home"}, "error_logger": "errors"}],
          "secrets": [{"name": "signing", "path": "SIGNING_SECRET"}],
          "settings": {"http": {"attempts": 3}},
          "strategies": [{
            "type": "http", "name": "prod", "settings": {"signing_secret": "signing"},
            "targets": ["orders", "team", "fragile"]
          }],
          "targets": [
            {"type": "http", "name": "orders", "settings": {"url": "\(url)"}},
            {"type": "http", "name": "team", "settings": {"url": "\(url)", "shared": "true"}},
            {"type": "http", "name": "fragile", "settings": {"url": "\(url)", "retry_ambiguous": "false"}}
          ]
        }
        """
    }

    private static let fields = """
        [{"name": "reason", "type": "string"}, {"name": "duration", "type": "duration", "required": false}]
        """

    /// Access that Dana or Eli decides on; the same with two of them; one where anybody may; approval only; by rule.
    package static let flows = """
        {
          "name": "prod", "environment": "main", "answer_by": "1h",
          "params": {"strategy": "prod", "prompt_fields": \(fields)},
          "rules": [{"name": "ask", "then": {"ask": {
            "may_decide": {"users": ["dana@acme.test", "eli@acme.test"]}, "notify": [{"channel": "C0DB"}]
          }}}]
        },
        {
          "name": "two", "environment": "main", "answer_by": "1h", "quorum": 2,
          "params": {"strategy": "prod", "prompt_fields": \(fields)},
          "rules": [{"name": "ask", "then": {"ask": {
            "may_decide": {"users": ["dana@acme.test", "eli@acme.test", "ada@acme.test"]},
            "notify": [{"channel": "C0DB", "forward_after": "15m"}, {"user": "dana@acme.test"}]
          }}}]
        },
        {
          "name": "anybody", "environment": "main", "answer_by": "30m",
          "params": {"strategy": "prod", "prompt_fields": \(fields)},
          "notify": [{"any": [{"channel": "C0DB"}, {"channel": "C0OTHER"}]}]
        },
        {
          "name": "go_ahead", "environment": "main", "answer_by": "20m",
          "params": {"prompt_fields": [{"name": "reason", "type": "string"}]},
          "notify": [{"channel": "C0DB"}]
        },
        {
          "name": "auto", "environment": "main",
          "params": {"strategy": "prod", "prompt_fields": \(fields)},
          "rules": [{"name": "always", "then": {"approve": {"reason": "Always"}}}],
          "notify": [{"channel": "C0DB"}]
        },
        {
          "name": "never", "environment": "main", "params": {"strategy": "prod", "prompt_fields": \(fields)},
          "rules": [{"name": "never", "then": {"deny": {"reason": "Never"}}}]
        },
        {
          "name": "slack_only", "environment": "main",
          "params": {"allowed_sources": ["slack"], "prompt_fields": [{"name": "reason", "type": "string"}]},
          "notify": [{"channel": "C0DB"}]
        }
        """
}
