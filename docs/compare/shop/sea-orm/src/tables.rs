//! The ten tables, each with its relations.

#![allow(dead_code, reason = "each table has all of its columns, also those that nothing asks for")]

pub mod customers {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "customers")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        #[sea_orm(unique)]
        pub email: String,
        pub city: Option<String>,
        pub joined: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::addresses::Entity")]
        Addresses,
        #[sea_orm(has_many = "super::orders::Entity")]
        Orders,
        #[sea_orm(has_many = "super::reviews::Entity")]
        Reviews,
    }

    impl Related<super::addresses::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Addresses.def()
        }
    }

    impl Related<super::orders::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Orders.def()
        }
    }

    impl Related<super::reviews::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Reviews.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod addresses {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "addresses")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub customer_id: i64,
        pub street: String,
        pub zip: String,
        pub is_default: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::customers::Entity",
            from = "Column::CustomerId",
            to = "super::customers::Column::Id"
        )]
        Customers,
        #[sea_orm(has_many = "super::orders::Entity")]
        Orders,
    }

    impl Related<super::customers::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Customers.def()
        }
    }

    impl Related<super::orders::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Orders.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod categories {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "categories")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub name: String,
        pub parent_id: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::products::Entity")]
        Products,
    }

    impl Related<super::products::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Products.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod products {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "products")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub category_id: i64,
        pub name: String,
        pub price: i64,
        pub stock: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::categories::Entity",
            from = "Column::CategoryId",
            to = "super::categories::Column::Id"
        )]
        Categories,
        #[sea_orm(has_many = "super::product_tags::Entity")]
        ProductTags,
        #[sea_orm(has_many = "super::order_lines::Entity")]
        OrderLines,
        #[sea_orm(has_many = "super::reviews::Entity")]
        Reviews,
    }

    impl Related<super::categories::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Categories.def()
        }
    }

    impl Related<super::product_tags::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::ProductTags.def()
        }
    }

    impl Related<super::order_lines::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::OrderLines.def()
        }
    }

    impl Related<super::reviews::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Reviews.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod tags {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "tags")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(unique)]
        pub name: String,
        pub uses: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::product_tags::Entity")]
        ProductTags,
    }

    impl Related<super::product_tags::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::ProductTags.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod product_tags {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "product_tags")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub product_id: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub tag_id: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::products::Entity",
            from = "Column::ProductId",
            to = "super::products::Column::Id"
        )]
        Products,
        #[sea_orm(
            belongs_to = "super::tags::Entity",
            from = "Column::TagId",
            to = "super::tags::Column::Id"
        )]
        Tags,
    }

    impl Related<super::products::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Products.def()
        }
    }

    impl Related<super::tags::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Tags.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod orders {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "orders")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub customer_id: i64,
        pub address_id: Option<i64>,
        pub status: String,
        pub placed: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::customers::Entity",
            from = "Column::CustomerId",
            to = "super::customers::Column::Id"
        )]
        Customers,
        #[sea_orm(
            belongs_to = "super::addresses::Entity",
            from = "Column::AddressId",
            to = "super::addresses::Column::Id"
        )]
        Addresses,
        #[sea_orm(has_many = "super::order_lines::Entity")]
        OrderLines,
        #[sea_orm(has_many = "super::payments::Entity")]
        Payments,
    }

    impl Related<super::customers::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Customers.def()
        }
    }

    impl Related<super::addresses::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Addresses.def()
        }
    }

    impl Related<super::order_lines::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::OrderLines.def()
        }
    }

    impl Related<super::payments::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Payments.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod order_lines {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "order_lines")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub order_id: i64,
        pub product_id: i64,
        pub quantity: i32,
        pub price: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::orders::Entity",
            from = "Column::OrderId",
            to = "super::orders::Column::Id"
        )]
        Orders,
        #[sea_orm(
            belongs_to = "super::products::Entity",
            from = "Column::ProductId",
            to = "super::products::Column::Id"
        )]
        Products,
    }

    impl Related<super::orders::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Orders.def()
        }
    }

    impl Related<super::products::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Products.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod payments {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "payments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub order_id: i64,
        pub amount: i64,
        pub method: String,
        pub paid: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::orders::Entity",
            from = "Column::OrderId",
            to = "super::orders::Column::Id"
        )]
        Orders,
    }

    impl Related<super::orders::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Orders.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod reviews {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "reviews")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub product_id: i64,
        pub customer_id: i64,
        pub stars: i32,
        pub body: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::products::Entity",
            from = "Column::ProductId",
            to = "super::products::Column::Id"
        )]
        Products,
        #[sea_orm(
            belongs_to = "super::customers::Entity",
            from = "Column::CustomerId",
            to = "super::customers::Column::Id"
        )]
        Customers,
    }

    impl Related<super::products::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Products.def()
        }
    }

    impl Related<super::customers::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Customers.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}
