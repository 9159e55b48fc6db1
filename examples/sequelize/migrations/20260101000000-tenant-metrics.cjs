module.exports = {
  up: (queryInterface) => queryInterface.sequelize.query("CREATE EXTENSION IF NOT EXISTS tenant_metrics"),
  down: (queryInterface) => queryInterface.sequelize.query("DROP EXTENSION IF EXISTS tenant_metrics"),
};
