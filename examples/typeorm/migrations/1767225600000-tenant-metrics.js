export class TenantMetrics1767225600000 {
  async up(queryRunner) {
    await queryRunner.query("CREATE EXTENSION IF NOT EXISTS tenant_metrics");
  }

  async down(queryRunner) {
    await queryRunner.query("DROP EXTENSION IF EXISTS tenant_metrics");
  }
}
