/// Terraform files for Sym's provider 3, to be applied against our API (sym-terraform.md).
package struct TerraformStarter: Sendable {
    package var organization: String
    package var workspace: String
    package var environment: String

    package init(organization: String, workspace: String, environment: String) {
        self.organization = organization
        self.workspace = workspace
        self.environment = environment
    }

    /// What `symflow init --terraform` writes.
    package var files: [StarterFile] {
        [
            StarterFile("environment.tf", environmentText), StarterFile("versions.tf", Self.versions),
            StarterFile("README.md", readme),
        ]
    }

    private var environmentText: String {
        """
        locals {
          environment_name = "\(environment)"
        }

        # SYM_API_URL says where your server is, SYM_JWT holds a bot's token: symflow tokens issue.
        provider "sym" {
          org = "\(organization)"
        }

        # What the flows of one environment have in common.
        resource "sym_environment" "this" {
          name            = local.environment_name
          error_logger_id = sym_error_logger.slack.id

          integrations = {
            slack_id = sym_integration.slack.id
          }
        }

        # The Slack workspace in which people ask and decide.
        resource "sym_integration" "slack" {
          type        = "slack"
          name        = "${local.environment_name}-slack"
          external_id = "\(workspace)"
        }

        # Where failures are reported. Create the channel and invite the app.
        resource "sym_error_logger" "slack" {
          integration_id = sym_integration.slack.id
          destination    = "#sym-errors"
        }
        """
    }

    private static let versions = """
        terraform {
          required_version = ">= 1.1.9"

          required_providers {
            sym = {
              source  = "symopsio/sym"
              version = "~> 3.0"
            }
          }
        }
        """

    private var readme: String {
        """
        # Approvals in \(environment)

        These files describe the flows of the organisation \(organization) to Sym's Terraform provider, which talks to a
        symflow server:

        ```
        export SYM_API_URL=https://sym.example.com/api/v1
        symflow bots create terraform
        export SYM_JWT=$(symflow tokens issue --username terraform --expiry 30d)
        symflow generate --type approval-only --flow-name first-approval
        terraform init && terraform apply
        ```

        | file | holds |
        |---|---|
        | `environment.tf` | the environment, the Slack workspace, the channel for errors |
        | `versions.tf` | which provider |
        | `*_NAME.tf`, `impls/*_NAME_impl.py` | one flow each, with its rules in Python |
        """
    }
}
