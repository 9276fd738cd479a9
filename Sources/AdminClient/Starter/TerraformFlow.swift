/// One flow as Terraform with its Python, as `symflow generate` adds it to what `symflow init --terraform` wrote.
package struct TerraformFlow: Sendable {
    package var name: String
    package var kind: FlowKind
    /// The Okta domain, where the flow is of that kind.
    package var oktaDomain: String

    package init(name: String, kind: FlowKind, oktaDomain: String = "example.okta.com") {
        self.name = name
        self.kind = kind
        self.oktaDomain = oktaDomain
    }

    /// For names of Terraform and Python: no dashes, and a letter in front.
    var identifier: String {
        let plain = name.split(separator: "-", omittingEmptySubsequences: false).joined(separator: "_")
        return plain.first?.isNumber == true ? "flow_" + plain : plain
    }

    private var prefix: String {
        switch kind {
        case .approvalOnly: "approval"
        default: kind.rawValue.split(separator: "-").joined(separator: "_")
        }
    }

    private var baseName: String { "\(prefix)_\(identifier)" }

    package var files: [StarterFile] {
        let flow = StarterFile("\(baseName).tf", ([flowText] + accessTexts).joined(separator: "\n\n"))
        return [flow, StarterFile("impls/\(baseName)_impl.py", implementation)] + shared
    }

    /// What all flows of a kind share; written once.
    private var shared: [StarterFile] {
        switch kind {
        case .approvalOnly, .http: []
        case .okta: [StarterFile("connectors.tf", Self.runtime), StarterFile("secrets.tf", Self.secretSource)]
        case .awsIAM, .awsLambda, .awsSSO: [StarterFile("connectors.tf", Self.runtime)]
        }
    }

    private var flowText: String {
        let isAccess = kind != .approvalOnly
        let strategy = isAccess ? "    strategy_id = sym_strategy.\(identifier).id\n\n" : ""
        let duration =
            isAccess
            ? """


                prompt_field {
                  name           = "duration"
                  type           = "duration"
                  allowed_values = ["30m", "1h"]
                  required       = true
                }
            """ : ""
        return """
            resource "sym_flow" "\(identifier)" {
              name  = "\(name)-${local.environment_name}"
              label = "\(name)"

              implementation = file("${path.module}/impls/\(baseName)_impl.py")
              environment_id = sym_environment.this.id

              params {
            \(strategy)    prompt_field {
                  name     = "reason"
                  type     = "string"
                  required = true
                }\(duration)
              }
            }
            """
    }

    private var implementation: String {
        #"""
        from sym.sdk import PermissionLevel, RequestPermission, reducer, slack
        from sym.sdk.notifications import Notification


        @reducer
        def get_permissions(event):
            """Who may see a request, and who may approve or deny it."""
            return RequestPermission(
                webapp_view=PermissionLevel.MEMBER,
                approve_deny=PermissionLevel.MEMBER,
                # True lets people approve what they ask for themselves: fit for a trial, not for access that matters.
                allow_self_approval=False,
            )


        @reducer
        def get_request_notifications(event):
            """Where the question is put. Create the channel and invite the app."""
            return [Notification(destinations=[slack.channel("#sym-requests")])]
        """#
    }

    /// An AWS account as seen by symflow: needed by everything that acts in it.
    private static let runtime = """
        # Let this role trust the server's own AWS identity, with the external id below.
        resource "sym_integration" "runtime_context" {
          type        = "permission_context"
          name        = "${local.environment_name}-runtime-context"
          external_id = var.aws_account_id

          settings = {
            cloud       = "aws"
            region      = var.aws_region
            role_arn    = var.runtime_role_arn
            external_id = var.runtime_external_id
            account_id  = var.aws_account_id
          }
        }

        # To let all flows of the environment use it, put runtime_id = sym_runtime.this.id into sym_environment.this.
        resource "sym_runtime" "this" {
          name       = local.environment_name
          context_id = sym_integration.runtime_context.id
        }

        variable "aws_account_id" {
          type        = string
          description = "The AWS account, 12 digits."
        }

        variable "aws_region" {
          type    = string
          default = "us-east-1"
        }

        variable "runtime_role_arn" {
          type        = string
          description = "The role that the server takes on."
        }

        variable "runtime_external_id" {
          type        = string
          description = "The external id that the role's trust policy demands."
        }
        """

    private static let secretSource = """
        # Secrets stay in AWS Secrets Manager; the server reads them when a flow needs them.
        resource "sym_secrets" "this" {
          type = "aws_secrets_manager"
          name = "${local.environment_name}-secrets"

          settings = {
            context_id = sym_integration.runtime_context.id
          }
        }
        """
}
