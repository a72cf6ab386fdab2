"""tokens for programs"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0005'
down_revision = '0004'


def upgrade() -> None:
    op.create_table('api_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('district', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('may_import', sa.Boolean(), nullable=False),
    sa.Column('expires_on', sa.Date(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('recorded_in', sa.Integer(), nullable=False),
    sa.Column('superseded_in', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['recorded_in'], ['act.id'], ),
    sa.ForeignKeyConstraint(['superseded_in'], ['act.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index(op.f('ix_api_token_name'), 'api_token', ['name'], unique=False)
    op.create_index(op.f('ix_api_token_sha256'), 'api_token', ['sha256'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_api_token_sha256'), table_name='api_token')
    op.drop_index(op.f('ix_api_token_name'), table_name='api_token')
    op.drop_table('api_token')
