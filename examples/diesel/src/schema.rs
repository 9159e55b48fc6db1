// @generated automatically by Diesel CLI.

diesel::table! {
    ai_feature_usage (id) {
        id -> Int8,
        tenant_id -> Int4,
        feature_name -> Text,
        inference_cost -> Nullable<Numeric>,
        created_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    tenants (id) {
        id -> Int4,
        name -> Text,
        parent_id -> Nullable<Int4>,
    }
}

diesel::joinable!(ai_feature_usage -> tenants (tenant_id));

diesel::allow_tables_to_appear_in_same_query!(ai_feature_usage, tenants,);
